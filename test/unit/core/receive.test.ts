import { expect, test } from "vitest";
import { OPERATIONS, type Operation } from "../../../src/protocol/operations.ts";
import { TestChannel } from "../../support/test-channel.ts";

const FRAMES = {
  publish: { type: "publish", data: 1 },
  signal: { type: "signal", event: "e", data: 1 },
  presence: { type: "presence", data: 1 },
  members: { type: "members" },
  history: { type: "history" },
} as const;
/** The operation that each of them needs. */
const NEEDS: Record<keyof typeof FRAMES, Operation> = {
  publish: "publish",
  signal: "signal",
  presence: "presence",
  members: "presence",
  history: "history",
};
const ALL = Object.keys(FRAMES) as (keyof typeof FRAMES)[];

function dial(operations: number, kind: "user" | "guest" = "user") {
  const world = new TestChannel();
  const peer = world.connect("alice", { operations, kind });
  peer.news();
  const answersTo = (frame: object) => {
    peer.send(frame);
    world.settle();
    return peer.news().filter(({ type }) => type === "ack" || type === "error");
  };
  return { world, peer, answersTo };
}

test.each(ALL)("AUTH-5 %s is done with the right to it alone, and acknowledged once", (type) => {
  const { answersTo } = dial(OPERATIONS.subscribe | OPERATIONS[NEEDS[type]]);
  const [answer, ...others] = answersTo({ ...FRAMES[type], ref: "7" });
  expect([answer, others]).toMatchObject([{ type: "ack", ref: "7" }, []]);
});

test.each(ALL)("AUTH-6 %s is forbidden without that right, whatever else is granted", (type) => {
  const others = 31 & ~OPERATIONS[NEEDS[type]];
  const { world, answersTo } = dial(others);
  const before = world.sql.rowsWritten;
  expect(answersTo({ ...FRAMES[type], ref: "7" })).toMatchObject([{ type: "error", ref: "7", code: "forbidden" }]);
  expect(world.sql.rowsWritten).toBe(before);
});

test.each(ALL)("GUEST-3 %s is unauthenticated for a guest without that right", (type) => {
  const { answersTo } = dial(OPERATIONS.subscribe, "guest");
  expect(answersTo({ ...FRAMES[type], ref: "7" })).toMatchObject([{ type: "error", code: "unauthenticated" }]);
});

test.each(ALL)("FRAME-1 %s without a ref gets no ack", (type) => {
  const { answersTo } = dial(63);
  expect(answersTo(FRAMES[type])).toEqual([]);
});

test("FRAME-1 an error comes with or without a ref", () => {
  const { answersTo } = dial(OPERATIONS.subscribe);
  expect(answersTo(FRAMES.publish)).toEqual([
    { type: "error", code: "forbidden", message: expect.stringContaining("publish") },
  ]);
});

test("FRAME-1 acks bring what was asked for, flat beside the ref", () => {
  const { world, answersTo } = dial(63);
  const at = world.now;
  const member = { user: "alice", data: null, since: at, connections: 1 };
  const cursor = "epoch001-1";
  expect(answersTo({ type: "publish", ref: "1", id: "m", data: 1 })).toEqual([
    { type: "ack", ref: "1", seq: 1, cursor, id: "m", at },
  ]);
  const message = { seq: 1, id: "m", user: "alice", at, event: "message", data: 1 };
  expect(answersTo({ type: "history", ref: "2" })).toEqual([
    { type: "ack", ref: "2", messages: [message], cursor, more: false, oldest: cursor, gap: null },
  ]);
  expect(answersTo({ type: "members", ref: "3" })).toEqual([{ type: "ack", ref: "3", count: 1, members: [member] }]);
  expect(answersTo({ type: "members", ref: "4", limit: 0 })).toEqual([
    { type: "ack", ref: "4", count: 1, members: [] },
  ]);
  expect(answersTo({ type: "presence", ref: "5", data: 1 })).toEqual([{ type: "ack", ref: "5" }]);
});

test("HISTORY-1 the frame reads as the request does", () => {
  const { world, answersTo } = dial(63);
  world.publish("bob", [{}, {}, {}, {}]);
  world.settle();
  const asked = { after: "epoch001-1", before: "epoch001-4", limit: 1, order: "desc" } as const;
  const [ack] = answersTo({ type: "history", ref: "1", ...asked });
  expect(ack).toMatchObject({ messages: [{ seq: 2 }], cursor: "epoch001-2", more: true });
});

test("PRESENCE-3 members are paged in a frame", () => {
  const { world, answersTo } = dial(63);
  for (const user of ["bob", "carol"]) world.connect(user);
  const [first] = answersTo({ type: "members", ref: "1", limit: 2 });
  expect(first).toMatchObject({ count: 3, members: [{ user: "alice" }, { user: "bob" }], next: "bob" });
  const [last] = answersTo({ type: "members", ref: "2", limit: 2, after: first.next });
  expect(last).toEqual({ type: "ack", ref: "2", count: 3, members: [expect.objectContaining({ user: "carol" })] });
});

test("PRESENCE-10 a connection that is no member has no member data", () => {
  const world = new TestChannel();
  const peer = world.connect("alice", { member: false });
  peer.send({ type: "presence", ref: "1", data: 1 });
  expect(peer.news().at(-1)).toMatchObject({ type: "error", ref: "1", code: "bad_request" });
  expect(world.members().count).toBe(0);
});

test("MSG-1 nothing that a publisher forges is believed", () => {
  const { world, peer } = dial(63);
  peer.send({ type: "publish", id: "m", data: 1, user: "mallory", seq: 99, at: 5, kind: "server" });
  world.settle();
  const message = { seq: 1, id: "m", user: "alice", at: world.now, event: "message", data: 1 };
  expect(world.history().messages).toEqual([message]);
});

test("MSG-4 what one connection sends keeps its order", () => {
  const { world, peer } = dial(63);
  const sent = Array.from({ length: 30 }, (_, index) => index);
  for (const data of sent) {
    peer.send({ type: "publish", data });
    if (data % 7 === 0) world.settle();
  }
  world.settle();
  expect(world.history().messages.map(({ data }: { data: number }) => data)).toEqual(sent);
});

test("PUBLISH-3 above its rate a connection is rate_limited, with a truthful wait; another is not", () => {
  const world = new TestChannel({ PUBLISH_RATE: 10, PUBLISH_BURST: 2 });
  const [alice, bob] = [world.connect("alice"), world.connect("alice")];
  for (const peer of [alice, bob]) peer.news();
  for (const ref of ["1", "2", "3"]) alice.send({ type: "publish", ref, data: 1 });
  expect(alice.news()).toMatchObject([{ type: "error", ref: "3", code: "rate_limited", retryAfter: 100 }]);
  bob.send({ type: "publish", ref: "4", data: 1 });
  expect(bob.news()).toEqual([]);
  world.now += 100;
  alice.send({ type: "publish", ref: "5", data: 1 });
  expect(alice.news()).toEqual([]);
});

test("PRESENCE-5 leave is acknowledged, then closed with 1000; what comes after it is nothing", () => {
  const { world, peer } = dial(63);
  peer.send({ type: "leave", ref: "1" });
  expect(peer.news()).toEqual([{ type: "ack", ref: "1" }]);
  expect(peer.subscriber.closed).toEqual({ code: 1000, reason: "" });
  peer.send({ type: "publish", data: 1 });
  world.settle();
  expect(world.history().messages).toEqual([]);
});

test("FRAME-4 a frame above 128 KiB closes 1009, counted in UTF-8", () => {
  const world = new TestChannel({ FRAME_BYTES: 2000 });
  const sizes = [2000, 2001];
  for (const filler of ["x", "é", "€"]) {
    const closed = sizes.map((size) => {
      const peer = world.connect("alice");
      const room = size - Buffer.byteLength(JSON.stringify({ type: "publish", data: "" }));
      const width = Buffer.byteLength(filler);
      const data = filler.repeat(Math.floor(room / width)) + "x".repeat(room % width);
      peer.send({ type: "publish", data });
      return peer.subscriber.closed;
    });
    expect(closed).toEqual([null, { code: 1009, reason: "too_large" }]);
  }
});
