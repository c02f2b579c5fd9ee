import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

/** What a peer got since the last look: data of messages and refs of acks, a list for each frame of several. */
function summary(peer: Peer): { messages?: unknown[]; acks?: unknown[] } {
  const told: { messages?: unknown[]; acks?: unknown[] } = {};
  for (const frame of peer.news()) {
    if (frame.type === "messages") {
      told.messages ??= [];
      told.messages.push(frame.messages.map(({ data }: { data: unknown }) => data));
    } else if (frame.type !== "welcome") {
      told.acks ??= [];
      told.acks.push(frame.type === "ack" ? frame.ref : frame.acks.map(({ ref }: { ref: string }) => ref));
    }
  }
  return told;
}

const publish = (peer: Peer, data: unknown, ref = String(data)) => peer.send({ type: "publish", ref, data });

test("MSG-3 nobody gets a message or an ack before the flush; then all get the same bytes", () => {
  const world = new TestChannel();
  const peers = ["alice", "bob", "carol"].map((user) => world.connect(user));
  const [alice, bob, carol] = peers as [Peer, Peer, Peer];
  for (const peer of peers) peer.news();
  publish(alice, 1);
  publish(bob, 2);
  expect(peers.map(summary)).toEqual([{}, {}, {}]);
  world.settle();
  expect(summary(alice)).toEqual({ messages: [[1, 2]], acks: ["1"] });
  expect(summary(bob)).toEqual({ messages: [[1, 2]], acks: ["2"] });
  expect(summary(carol)).toEqual({ messages: [[1, 2]] });
  const texts = peers.map(({ subscriber }) => subscriber.frames.find((frame) => frame.includes('"messages"')));
  expect(new Set(texts).size).toBe(1);
});

test("FRAME-8 with echo=0 a connection gets everything but its own", () => {
  const world = new TestChannel();
  const quiet = world.connect("alice", { echo: false });
  const same = world.connect("alice");
  for (const [peer, data] of [
    [quiet, 1],
    [same, 2],
    [quiet, 3],
    [same, 4],
  ] as const)
    publish(peer, data);
  world.settle();
  expect(summary(quiet)).toEqual({ messages: [[2, 4]], acks: ["1", "3"] });
  expect(summary(same)).toEqual({ messages: [[1, 2, 3, 4]], acks: ["2", "4"] });
  publish(quiet, 5);
  world.settle();
  expect(summary(quiet)).toEqual({ acks: ["5"] });
  expect(summary(same)).toEqual({ messages: [[5]] });
});

test("FRAME-8 a duplicate of a message of another connection does not mute it", () => {
  const world = new TestChannel();
  const [quiet, other] = [world.connect("alice", { echo: false }), world.connect("alice")];
  other.send({ type: "publish", id: "a", data: 1 });
  quiet.send({ type: "publish", id: "a", data: 1, ref: "r" });
  world.settle();
  expect(summary(quiet)).toEqual({ messages: [[1]], acks: ["r"] });
});

test("FRAME-8 resuming, a connection with echo=0 gets what it published on its last one", () => {
  const world = new TestChannel();
  const quiet = world.connect("alice", { echo: false });
  publish(quiet, 1);
  world.settle();
  quiet.close();
  const start = { kind: "after", cursor: { epoch: "epoch001", seq: 0 } } as const;
  expect(summary(world.connect("alice", { echo: false, start }))).toEqual({ messages: [[1]] });
});

test("FRAME-2 with acks=batch the acks of one flush come in one frame", () => {
  const world = new TestChannel();
  const [batch, single] = [world.connect("alice", { acks: "batch" }), world.connect("bob")];
  for (const data of [1, 2]) publish(batch, data);
  for (const data of [3, 4]) publish(single, data);
  batch.send({ type: "publish", data: 5 }); // without a ref there is no ack
  world.settle();
  expect(summary(batch)).toEqual({ messages: [[1, 2, 3, 4, 5]], acks: [["1", "2"]] });
  expect(summary(single)).toEqual({ messages: [[1, 2, 3, 4, 5]], acks: ["3", "4"] });
  publish(batch, 6);
  batch.send({ type: "signal", event: "e", data: 1, ref: "s" });
  world.settle();
  expect(summary(batch)).toEqual({ messages: [[6]], acks: ["s", ["6"]] });
});

test("MSG-3 a duplicate of what still waits is acknowledged when that is written, and not before", () => {
  const world = new TestChannel();
  const [first, second] = [world.connect("alice"), world.connect("alice")];
  first.send({ type: "publish", id: "a", data: 1, ref: "1" });
  second.send({ type: "publish", id: "a", data: 1, ref: "2" });
  expect(summary(second)).toEqual({});
  world.settle();
  expect(summary(second)).toEqual({ messages: [[1]], acks: ["2"] });
});

test("MSG-5 a retry of what was written is acknowledged by the next flush, and nobody gets it again", () => {
  const world = new TestChannel();
  const [first, second] = [world.connect("alice"), world.connect("alice")];
  first.send({ type: "publish", id: "a", data: 1, ref: "1" });
  world.settle();
  for (const peer of [first, second]) peer.news();
  second.send({ type: "publish", id: "a", data: 1, ref: "2" });
  world.settle();
  const ack = { type: "ack", ref: "2", seq: 1, cursor: "epoch001-1", id: "a", at: world.now, duplicate: true };
  expect(second.news()).toEqual([ack]);
  expect(first.news()).toEqual([]);
});

test("MSG-3 a flush that fails is told to nobody", () => {
  const world = new TestChannel();
  const [alice, bob] = [world.connect("alice"), world.connect("bob")];
  for (const peer of [alice, bob]) peer.news();
  publish(alice, 1);
  world.sql.failAfter(0);
  expect(() => world.settle()).toThrow("");
  world.sql.failAfter(null);
  expect([alice.news(), bob.news()]).toEqual([[], []]);
  world.crash();
  expect(world.history().messages).toEqual([]);
});

test("FRAME-7 a flush of many large messages comes in frames of at most 256 KiB", () => {
  const world = new TestChannel();
  const [alice, bob] = [world.connect("alice"), world.connect("bob", { echo: false })];
  for (let count = 0; count < 12; count++) world.publish("carol", [{ data: "é".repeat(25_000) }]);
  publish(bob, 0);
  world.settle();
  const sizes = (peer: Peer) => peer.subscriber.frames.map((frame) => Buffer.byteLength(frame));
  expect(summary(alice).messages?.length).toBe(3);
  for (const size of [...sizes(alice), ...sizes(bob)]) expect(size).toBeLessThanOrEqual(256 * 1024);
});
