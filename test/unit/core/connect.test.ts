import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/protocol/operations.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const types = (frames: { type: string }[]) => frames.map(({ type }) => type);

test("CONNECT-4 the first frame is the welcome, with the head of the log at that moment", () => {
  const world = new TestChannel();
  expect(world.connect("alice").news()).toMatchObject([{ type: "welcome", cursor: "epoch001-0", resume: "live" }]);
  world.publish("bob", [{}, {}]);
  expect(world.connect("alice").news()).toMatchObject([{ type: "welcome", cursor: "epoch001-0", resume: "live" }]);
  world.settle();
  expect(world.connect("alice").news()).toMatchObject([{ type: "welcome", cursor: "epoch001-2", resume: "live" }]);
});

test("CONNECT-4 the welcome says what holds: limits, heartbeat, the token's end", () => {
  const world = new TestChannel({ HEARTBEAT_EVERY: 5, HEARTBEAT_TIMEOUT: 11, MESSAGE_DATA_BYTES: 7, PUBLISH_RATE: 3 });
  expect(world.connect("alice", { expires: START + 1000, connection: "c1" }).news()).toEqual([
    {
      type: "welcome",
      protocol: 1,
      channel: "room:lobby",
      connection: "c1",
      user: "alice",
      cursor: "epoch001-0",
      resume: "live",
      at: START,
      expires: START + 1000,
      heartbeat: { every: 5, timeout: 11 },
      limits: {
        data: 7,
        frame: 131_072,
        presence: 1024,
        publish: { rate: 3, burst: 100 },
        signal: { rate: 100 },
        subscriptions: 0,
      },
      features: [],
    },
  ]);
});

test("RESUME-1 the welcome of a replay comes before what is replayed, and live messages after it", () => {
  const world = new TestChannel();
  world.publish("bob", [{ data: 1 }, { data: 2 }]);
  world.settle();
  const alice = world.connect("alice", { start: { kind: "after", cursor: { epoch: "epoch001", seq: 1 } } });
  world.publish("bob", [{ data: 3 }]);
  world.settle();
  expect(alice.news()).toMatchObject([
    { type: "welcome", resume: "replay", cursor: "epoch001-2" },
    { type: "messages", messages: [{ seq: 2 }] },
    { type: "messages", messages: [{ seq: 3 }] },
  ]);
});

test("RESUME-6 rewind shows the last n that are retained, without a gap", () => {
  const world = new TestChannel({ RETAIN_MESSAGES: 3 });
  world.publish("bob", [{}, {}, {}, {}, {}]);
  world.settle();
  const seqs = (count: number) => {
    const frames = world.connect("alice", { start: { kind: "rewind", count } }).news();
    const messages = frames.flatMap(({ messages = [] }) => messages.map(({ seq }: { seq: number }) => seq));
    return [types(frames), frames[0].resume, messages];
  };
  expect(seqs(0)).toEqual([["welcome"], "live", []]);
  expect(seqs(2)).toEqual([["welcome", "messages"], "replay", [4, 5]]);
  expect(seqs(1000)).toEqual([["welcome", "messages"], "replay", [3, 4, 5]]);
});

test("RESUME-3 a gap is told between the welcome and the first message", () => {
  const world = new TestChannel({ RETAIN_MESSAGES: 2 });
  world.publish("bob", [{}, {}, {}, {}]);
  world.settle();
  const resumed = (epoch: string, seq: number) =>
    world.connect("alice", { start: { kind: "after", cursor: { epoch, seq } } }).news();
  const rest = { type: "messages", messages: [{ seq: 3 }, { seq: 4 }] };
  const gap = (after: string, reason: string) => ({ type: "gap", after, oldest: "epoch001-3", reason });
  expect(resumed("epoch001", 1)).toMatchObject([{ resume: "gap" }, gap("epoch001-1", "expired"), rest]);
  expect(resumed("epoch001", 9)).toMatchObject([{ resume: "gap" }, gap("epoch001-9", "ahead"), rest]);
  expect(resumed("epoch999", 1)).toMatchObject([{ resume: "gap" }, gap("epoch999-1", "epoch"), rest]);
  expect(resumed("epoch001", 2)).toMatchObject([{ resume: "replay" }, rest]);
});

test("RESUME-3 of an empty log the gap has no oldest, but says where the reader stands", () => {
  const world = new TestChannel({ RETAIN_AGE: 1000 });
  world.publish("bob", [{}, {}]);
  world.settle();
  world.now += 2000;
  const start = { kind: "after", cursor: { epoch: "epoch001", seq: 1 } } as const;
  expect(world.connect("alice", { start }).news().slice(1)).toEqual([
    { type: "gap", after: "epoch001-1", oldest: null, reason: "expired", cursor: "epoch001-2" },
  ]);
});

test("CONNECT-5 a user may have so many connections, and another user is not in their way", () => {
  const world = new TestChannel({ CONNECTIONS_PER_USER: 2 });
  const [first] = [world.connect("alice"), world.connect("alice")];
  expect(world.channel.refusalFor("alice", "new", world.now)).toMatchObject({ code: "rate_limited", retryAfter: 5000 });
  expect(world.channel.refusalFor("bob", "new", world.now)).toBeNull();
  first.close();
  expect(world.channel.refusalFor("alice", "new", world.now)).toBeNull();
});

test("CONNECT-5 a channel takes so many connections", () => {
  const world = new TestChannel({ CONNECTIONS: 2 });
  for (const user of ["alice", "bob"]) world.connect(user);
  expect(world.channel.refusalFor("carol", "new", world.now)).toMatchObject({ code: "overloaded", retryAfter: 5000 });
});

test("CONNECT-5 the dead do not count", () => {
  const world = new TestChannel({ CONNECTIONS_PER_USER: 1 });
  const alice = world.connect("alice");
  alice.ping();
  world.now += world.config.HEARTBEAT_TIMEOUT;
  expect(world.channel.refusalFor("alice", "new", world.now)).toBeNull();
  expect(alice.subscriber.closed).toEqual({ code: 4408, reason: "heartbeat_timeout" });
});

test("AUTH-6 without the right to presence one is not a member", () => {
  const world = new TestChannel();
  world.connect("alice", { operations: OPERATIONS.subscribe | OPERATIONS.publish });
  world.connect("bob", { operations: OPERATIONS.subscribe | OPERATIONS.presence });
  world.connect("carol", { member: false });
  expect(world.members()).toMatchObject({ count: 1, members: [{ user: "bob" }] });
});

test("MSG-3 whoever connects finds their session saved before the welcome is sent", () => {
  const world = new TestChannel();
  const { subscriber } = world.connect("alice");
  expect(subscriber.savedBefore[0]).toBe(0);
});
