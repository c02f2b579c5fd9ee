import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/protocol/operations.ts";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const MALFORMED: [string, string | ArrayBuffer, string][] = [
  ["bytes", new ArrayBuffer(8), "bad_request"],
  ["nothing", "", "bad_json"],
  ["white space", "  ", "bad_json"],
  ["half a frame", '{"type":"leave"', "bad_json"],
  ["an array", "[]", "bad_request"],
  ["no type", "{}", "bad_request"],
  ["an unknown type", '{"type":"subscribed"}', "bad_request"],
  ["the type __proto__", '{"type":"__proto__"}', "bad_request"],
  ["a wrong field", '{"type":"publish","data":1,"id":5}', "bad_request"],
  ["a bad cursor", '{"type":"history","after":"1"}', "bad_cursor"],
  ["data too deep", `{"type":"publish","data":${"[".repeat(65)}${"]".repeat(65)}}`, "bad_json"],
];

test.each(MALFORMED)("FRAME-3 %s is an error frame, not a close, and the connection works on", (_what, text, code) => {
  const world = new TestChannel();
  const peer = world.connect("alice");
  peer.news();
  peer.send(text);
  expect(peer.news()).toEqual([{ type: "error", code, message: expect.stringMatching(/\.$/) }]);
  peer.send({ type: "members", ref: "1", limit: 0 });
  expect(peer.news()).toMatchObject([{ type: "ack", ref: "1" }]);
});

test("FRAME-1 a fault in a frame with a ref is told with it", () => {
  const peer = new TestChannel().connect("alice");
  peer.news();
  peer.send({ type: "publish", ref: "7" });
  peer.send({ type: "nonsense", ref: "8" });
  expect(peer.news().map(({ ref }) => ref)).toEqual(["7", "8"]);
});

const CLOSED_MALFORMED = { code: 4400, reason: "bad_request" };
const CLOSED_ERRORS = { code: 4429, reason: "rate_limited" };
const times = (count: number, work: () => void) => {
  for (let done = 0; done < count; done++) work();
};

test.each(MALFORMED)("FRAME-5 20 in a row close 4400, not 19: %s", (_what, text) => {
  const peer = new TestChannel().connect("alice");
  times(19, () => peer.send(text));
  expect(peer.isOpen).toBe(true);
  peer.send(text);
  expect(peer.subscriber.closed).toEqual(CLOSED_MALFORMED);
});

test("FRAME-5 a frame that is understood begins the row anew, also if it is refused", () => {
  const peer = new TestChannel().connect("alice", { operations: OPERATIONS.subscribe });
  times(4, () => {
    times(19, () => peer.send("{"));
    peer.send({ type: "publish", data: 1 });
  });
  expect(peer.isOpen).toBe(true);
});

test("FRAME-5 rate_limited errors are no malformed frames", () => {
  const peer = new TestChannel({ PUBLISH_RATE: 1, PUBLISH_BURST: 1 }).connect("alice");
  times(50, () => peer.send({ type: "publish", data: 1 }));
  expect(peer.isOpen).toBe(true);
});

/** A connection of which every publish is forbidden. */
function refused(): { world: TestChannel; peer: Peer; fail: () => void } {
  const world = new TestChannel();
  const peer = world.connect("alice", { operations: OPERATIONS.subscribe });
  return { world, peer, fail: () => peer.send({ type: "publish", data: 1 }) };
}

test("FRAME-6 100 error frames in a minute close 4429, not 99", () => {
  const { peer, fail } = refused();
  times(99, fail);
  expect(peer.isOpen).toBe(true);
  fail();
  expect(peer.subscriber.closed).toEqual(CLOSED_ERRORS);
});

test("FRAME-6 also those that are rate_limited", () => {
  const peer = new TestChannel({ PUBLISH_RATE: 1, PUBLISH_BURST: 1 }).connect("alice");
  times(101, () => peer.send({ type: "publish", data: 1 }));
  expect(peer.subscriber.closed).toEqual(CLOSED_ERRORS);
});

test("FRAME-6 50 a minute are not too many, however long", () => {
  const { world, peer, fail } = refused();
  times(10, () => {
    times(50, fail);
    world.now += 60_000;
  });
  expect(peer.isOpen).toBe(true);
});

test("FRAME-6 100 within any minute are too many, wherever it begins", () => {
  const { world, peer, fail } = refused();
  fail();
  world.now += 59_000;
  times(98, fail);
  world.now += 2000;
  times(98, fail);
  expect(peer.subscriber.closed).toEqual(CLOSED_ERRORS);
});

test("L3 a flood of 10,000 frames is answered 100 times and then not at all", () => {
  const { peer, fail } = refused();
  times(10_000, fail);
  expect(peer.news().filter(({ type }) => type === "error").length).toBe(100);
});

test("S6 an error repeats nothing of what was sent", () => {
  const peer = new TestChannel().connect("alice");
  peer.news();
  const canary = "canary-77";
  for (const frame of [canary, { type: canary }, { type: "history", after: canary }, { type: canary, data: canary }])
    peer.send(frame);
  expect(JSON.stringify(peer.news())).not.toContain(canary);
});
