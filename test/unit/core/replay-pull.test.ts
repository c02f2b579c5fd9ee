import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const EPOCH = "epoch001";
const FROM_START = { start: { kind: "after", cursor: { epoch: EPOCH, seq: 0 } } } as const;
const SSE = { transport: "sse", view: "events", member: false } as const;
const POLL = { transport: "poll", member: false } as const;

function publish(world: TestChannel, count: number): void {
  for (let message = 0; message < count; message++) {
    world.publish("server", [{ data: "x".repeat(60_000) }]);
    world.run("flush");
  }
}

/** A channel whose log has `count` messages of about 60,000 bytes: four go on a page. */
function channelWith(count: number, settings = {}): TestChannel {
  const world = new TestChannel({ PUBLISH_RATE: 0, ...settings });
  publish(world, count);
  return world;
}

/** What a stream brought since the last look: seqs of messages, and the names of everything else. */
const got = (reader: Peer): unknown[] =>
  reader.events().map(({ name, data }) => (name === "message" ? JSON.parse(data as string).seq : name));

test("RESUME-5 SSE-6 a stream gets a page, and the next only when it asks for it, however long that takes", () => {
  const world = channelWith(11);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  expect(got(reader)).toEqual(["welcome", 1, 2, 3, 4, "more"]);
  world.advance(60_000);
  expect(got(reader)).toEqual([]);
  reader.pull();
  expect(got(reader)).toEqual([5, 6, 7, 8, "more"]);
  reader.pull();
  expect(got(reader)).toEqual([9, 10, 11]);
  expect(world.host.tasks.size).toBe(0);
});

test("RESUME-5 the size of what is unsent, which says nothing of a stream's reader, changes nothing", () => {
  const world = channelWith(6);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  got(reader);
  reader.subscriber.unsentBytes = 900_000;
  reader.pull();
  expect(got(reader)).toEqual([5, 6]);
});

test("RESUME-5 with the last page a stream is live, in the same turn", () => {
  const world = channelWith(5);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  world.publish("server", [{ data: "waits for the flush" }]);
  reader.pull();
  expect(got(reader)).toEqual(["welcome", 1, 2, 3, 4, "more", 5]);
  world.run("flush");
  expect(got(reader)).toEqual([6]);
});

test("RESUME-5 while it has not asked a stream gets nothing live, and then all of it", () => {
  const world = channelWith(5);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  const live = world.connect("bob", SSE);
  got(reader);
  publish(world, 2);
  expect([got(reader), got(live)]).toEqual([[], ["welcome", 6, 7]]);
  reader.pull();
  expect(got(reader)).toEqual([5, 6, 7]);
});

test("RESUME-5 one that asks though it is live is told nothing", () => {
  const world = channelWith(2);
  const reader = world.connect("ann", SSE);
  got(reader);
  for (let times = 0; times < 3; times++) reader.pull();
  expect(got(reader)).toEqual([]);
});

test("RESUME-5 a log of just a page needs no second question", () => {
  const reader = channelWith(4).connect("ann", { ...SSE, ...FROM_START });
  expect(got(reader)).toEqual(["welcome", 1, 2, 3, 4]);
});

test("RESUME-4 when retention overtakes a stream that does not ask, there is one truthful gap", () => {
  const world = channelWith(10, { RETAIN_MESSAGES: 10 });
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  got(reader);
  publish(world, 8);
  reader.pull();
  const [gap, ...rest] = reader.events();
  const told = { after: `${EPOCH}-4`, oldest: `${EPOCH}-9`, reason: "expired" };
  expect(gap).toMatchObject({ name: "gap", id: `${EPOCH}-8`, data: JSON.stringify(told) });
  expect(rest.map(({ id, name }) => id ?? name)).toEqual(
    [9, 10, 11, 12].map((seq) => `${EPOCH}-${seq}`).concat("more"),
  );
});

test("RESUME-4 ADMIN-1 a stream that was behind when the log was cleared hears it when it asks", () => {
  const world = channelWith(10);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  got(reader);
  world.turn(({ channel }) => channel.administration.clear(world.now));
  publish(world, 1);
  expect(got(reader)).toEqual([]);
  reader.pull();
  expect(got(reader)).toEqual(["gap", 1]);
  publish(world, 1);
  expect(got(reader)).toEqual([2]);
});

test("RESUME-4 a stream for which nothing is left is live after the gap", () => {
  const world = channelWith(10, { RETAIN_AGE: 10_000 });
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  got(reader);
  world.advance(10_001);
  reader.pull();
  expect(got(reader)).toEqual(["gap"]);
  publish(world, 1);
  expect(got(reader)).toEqual([11]);
});

test("RESUME-5 a stream goes on after a sleep where it was, and nothing wakes the object until it asks", () => {
  const world = channelWith(9);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  got(reader);
  for (const page of [[5, 6, 7, 8, "more"], [9]]) {
    world.hibernate();
    world.advance(60_000);
    expect(world.isAwake).toBe(false);
    reader.pull();
    world.settle();
    expect(got(reader)).toEqual(page);
  }
});

test("RESUME-2 where a stream is, is saved before the page that brings it there is sent", () => {
  const world = channelWith(6);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  const { saved, savedBefore } = reader.subscriber;
  expect([JSON.parse(saved as string).replay, savedBefore]).toEqual([{ epoch: EPOCH, position: 4 }, [0, 1]]);
  reader.pull();
  expect(savedBefore).toEqual([0, 1, 3]);
  expect(JSON.parse(reader.subscriber.saved as string).replay).toBeNull();
});

test("HEART-2 a question is a sign of life", () => {
  const world = channelWith(6);
  const reader = world.connect("ann", { ...SSE, ...FROM_START });
  reader.ping();
  world.now += 99_000;
  reader.pull();
  world.now += 99_000;
  world.members();
  expect(reader.isOpen).toBe(true);
  world.now += 1000;
  world.members();
  expect(reader.subscriber.closed).toEqual({ code: 4408, reason: "heartbeat_timeout" });
});

test("POLL-1 a poll that is behind gets a page, is not asked for more, and hears nothing live", () => {
  const world = channelWith(6);
  const reader = world.connect("ann", { ...POLL, ...FROM_START });
  publish(world, 1);
  world.advance(60_000);
  const frames = reader.news();
  expect(frames.map(({ type }) => type)).toEqual(["welcome", "messages"]);
  expect(frames[1].messages.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4]);
});

test("POLL-1 a poll that is behind by less than a page is live with it", () => {
  const world = channelWith(3);
  const reader = world.connect("ann", { ...POLL, ...FROM_START });
  publish(world, 1);
  expect(reader.news().flatMap(({ messages = [] }) => messages.map(({ seq }: { seq: number }) => seq))).toEqual([
    1, 2, 3, 4,
  ]);
});

test("POLL-1 FRAME-7 a page is at most 1,000 messages, however small they are", () => {
  const world = new TestChannel({ PUBLISH_RATE: 0 });
  for (let round = 0; round < 12; round++)
    world.publish(
      "s",
      Array.from({ length: 100 }, () => ({ data: 1 })),
    );
  world.run("flush");
  const poll = world.connect("ann", { ...POLL, ...FROM_START });
  expect(poll.news()[1].messages).toHaveLength(1000);
  const stream = world.connect("ann", { ...SSE, ...FROM_START });
  expect(got(stream).slice(-2)).toEqual([1000, "more"]);
});

test("AUTH-9 TICKET-3 one that asks after the end of its token gets nothing more", () => {
  const world = channelWith(6);
  const reader = world.connect("ann", { ...SSE, ...FROM_START, expires: world.now + 1000 });
  got(reader);
  world.now += 1000;
  reader.pull();
  expect(reader.subscriber.closed).toEqual({ code: 4401, reason: "unauthenticated" });
  expect(got(reader)).toEqual([]);
});
