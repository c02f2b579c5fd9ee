import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { playAlarms, setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { until } from "./support/until.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
let start = 0;

beforeEach(() => {
  start = Date.now();
  setClock(start);
});
afterEach(useRealClock);

test("HEART-2 nobody is a member: none", async () => {
  const room = new Room("no-members");
  await connect(room, { user: "ann", query: { presence: "members", member: 0 } });
  await connect(room, { user: "bob", query: { member: 0 } });
  expect(await room.alarm()).toBeNull();
});

test("RETAIN-1 nobody is a member, but something was said: only when that has expired", async () => {
  const room = new Room("retention");
  await connect(room, { user: "ann", query: { presence: "members", member: 0 } });
  await room.publish({ data: 1 });
  expect(await room.alarm()).toBeGreaterThan(start + 24 * HOUR);
  const rang = await playAlarms(room, start + 72 * HOUR, { hibernating: true });
  expect(rang).toHaveLength(1);
  expect(await room.rows("SELECT count(*) AS rows FROM log")).toEqual([{ rows: 0 }]);
  expect(await room.alarm()).toBeNull();
});

test("HEART-2 members whom nobody watches: at most once an hour, however often they come", async () => {
  const room = new Room("unwatched");
  const bob = await connect(room, { user: "bob" });
  const rang: number[] = [];
  for (let minutes = 5; minutes <= 300; minutes += 5) {
    rang.push(...(await playAlarms(room, start + minutes * 60 * SECOND, { hibernating: minutes % 2 === 0 })));
    await bob.drained();
    if (minutes % 50 === 0) await connect(room, { user: `guest ${minutes}`.replace(" ", "-") });
  }
  expect(bob.closed).toBeNull();
  expect(rang.length).toBeGreaterThan(0);
  expect(rang.length).toBeLessThanOrEqual(5);
});

test("HEART-2 the last member is gone: it rings once more at most", async () => {
  const room = new Room("left");
  await connect(room, { user: "ann", query: { presence: "members", member: 0 } });
  const bob = await connect(room, { user: "bob" });
  await bob.request({ type: "leave" });
  expect((await playAlarms(room, start + 72 * HOUR)).length).toBeLessThanOrEqual(1);
  expect(await room.alarm()).toBeNull();
});

async function loseAlarm(room: Room): Promise<void> {
  await room.inside((_, { storage }) => storage.deleteAlarm());
  await room.hibernate();
}

test("PRESENCE-7 an alarm that was lost is set again by a message, and does its work", async () => {
  const room = new Room("lost");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  await loseAlarm(room);
  await ann.drained();
  await until(() => room.alarm(), "an alarm");
  setClock(start + 590 * SECOND);
  await ann.drained();
  await playAlarms(room, start + 660 * SECOND);
  expect(bob.closed).toEqual({ code: 4408, reason: "heartbeat_timeout" });
  expect(ann.framesOf("presence").at(-1)).toEqual({ type: "presence", count: 1, left: [{ user: "bob" }] });
});

test("PRESENCE-7 what was due when an alarm was lost is done at the next wake", async () => {
  const room = new Room("overdue");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  setClock(start + 590 * SECOND);
  await ann.drained();
  await loseAlarm(room);
  setClock(start + 610 * SECOND);
  await ann.drained();
  await bob.ended();
  await ann.until(() => ann.framesOf("presence").some(({ left }) => left !== undefined), "bob's leave");
});

test("PRESENCE-6 an alarm that was lost within a grace is set again for its end", async () => {
  const room = new Room("lost-in-grace");
  const ann = await connect(room, { user: "ann", query: { presence: "members", member: 0 } });
  const bob = await connect(room, { user: "bob" });
  await bob.close(1001);
  await loseAlarm(room);
  await ann.drained();
  await playAlarms(room, start + 60 * SECOND);
  await ann.drained();
  expect(ann.framesOf("presence").at(-1)).toEqual({ type: "presence", count: 0, left: [{ user: "bob" }] });
});
