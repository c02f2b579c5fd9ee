import { expect, test } from "vitest";
import type { Place } from "../../../src/core/place.ts";
import { Subscription } from "../../../src/object/subscriptions/subscription.ts";
import type { Upstream } from "../../../src/object/subscriptions/upstream.ts";

const EPOCH = "aaaaaaaa";
const facts = { id: "s", channel: "room:a", slot: 7, since: 0, member: true };
const welcome: Place = { epoch: EPOCH, previous: null, to: 5 };
const step = (after: number, to: number, epoch = EPOCH): Place => ({
  epoch,
  previous: { epoch: EPOCH, seq: after },
  to,
});

function welcomed(life = 1): Subscription {
  const subscription = new Subscription(facts, null as unknown as Upstream);
  expect(subscription.take(life, 1, welcome)).toBe("take");
  subscription.isWelcome = true;
  return subscription;
}

test("SUB-2 each item of a life of the channel is taken once, in order, and a missing one is noticed", () => {
  const subscription = welcomed();
  expect(subscription.take(1, 2, step(5, 6))).toBe("take");
  expect(subscription.take(1, 2, step(5, 6))).toBe("drop");
  expect(subscription.take(1, 1, welcome)).toBe("drop");
  expect(subscription.take(1, 3, null)).toBe("take");
  expect(subscription.take(1, 5, null)).toBe("lost");
  expect(subscription.at).toEqual({ epoch: EPOCH, seq: 6 });
});

test("SUB-2 what does not follow on is asked for, and what it is past is dropped", () => {
  const subscription = welcomed();
  expect(subscription.take(1, 2, step(7, 8))).toBe("pull");
  expect(subscription.at).toEqual({ epoch: EPOCH, seq: 5 });
  expect(subscription.take(1, 3, step(5, 8))).toBe("take");
  expect(subscription.take(1, 4, step(6, 7))).toBe("drop");
  expect(subscription.take(1, 5, step(8, 0, "bbbbbbbb"))).toBe("take");
  expect(subscription.at).toEqual({ epoch: "bbbbbbbb", seq: 0 });
});

test("SUB-2 in a new life of the channel it counts anew, from the first; a past life is known", () => {
  const subscription = welcomed(10);
  expect(subscription.isPast(9)).toBe(10);
  expect(subscription.isPast(10)).toBeNull();
  expect(subscription.take(11, 2, null)).toBe("lost");
  expect(subscription.take(11, 1, step(5, 6))).toBe("take");
  expect(subscription.isPast(10)).toBe(11);
});

test("SUB-2 a log that was set back meanwhile is not taken for one that it is past", () => {
  const subscription = welcomed();
  expect(subscription.take(2, 1, step(2, 3))).toBe("pull");
});

test("SUB-2 a second welcome changes nothing", () => {
  const subscription = welcomed();
  expect(subscription.take(1, 2, step(5, 9))).toBe("take");
  expect(subscription.take(1, 3, welcome)).toBe("drop");
  expect(subscription.at.seq).toBe(9);
});

test("SUB-2 all of that survives a sleep, and only what was let in is taken up", () => {
  const before = welcomed(1_764_000_000_000);
  before.isWatched = before.isBehind = true;
  const after = new Subscription(facts, null as unknown as Upstream);
  expect(after.unpack(["x", 1, "y", 2, 3, 4, ...before.pack()].slice(6))).toBe(true);
  expect(after.pack()).toEqual(before.pack());
  expect(after.take(1_764_000_000_000, 1, step(5, 6))).toBe("drop");
  expect(after.take(1_764_000_000_000, 2, step(5, 6))).toBe("take");
  const other = new Subscription({ ...facts, slot: 8 }, null as unknown as Upstream);
  expect(other.unpack(before.pack())).toBe(false);
  const unanswered = new Subscription(facts, null as unknown as Upstream);
  expect(new Subscription(facts, null as unknown as Upstream).unpack(unanswered.pack())).toBe(false);
});
