import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { identity, START, TestChannel } from "../../support/test-channel.ts";

/** The data of the signals that a peer got since the last look, frame by frame. */
const heard = (peer: Peer) =>
  peer
    .news()
    .filter(({ type }) => type === "signals")
    .map(({ signals }) => signals.map(({ data }: { data: unknown }) => data));

function lobby() {
  const world = new TestChannel();
  const peers = ["alice", "bob", "carol"].map((user) => world.connect(user)) as [Peer, Peer, Peer];
  return { world, peers };
}

test("SIGNAL-1 a signal goes to every other connection, those of the same user too", () => {
  const { world, peers } = lobby();
  const same = world.connect("alice");
  peers[0].send({ type: "signal", event: "typing", data: { on: true }, key: "k" });
  world.settle();
  const [alice, bob, carol] = peers;
  expect([alice, bob, carol, same].map(heard)).toEqual([[], [[{ on: true }]], [[{ on: true }]], [[{ on: true }]]]);
  const frame = JSON.parse(bob.subscriber.frames.at(-1) as string);
  const connection = alice.session.connection;
  const signal = { user: "alice", connection, event: "typing", data: { on: true }, key: "k", at: START };
  expect(frame).toEqual({ type: "signals", signals: [signal] });
});

test("SIGNAL-1 a signal is not stored, not replayed, and has no seq", () => {
  const { world, peers } = lobby();
  peers[0].send({ type: "signal", event: "e", data: 1, ref: "r" });
  expect(peers[0].news().at(-1)).toEqual({ type: "ack", ref: "r" });
  const before = world.sql.rowsWritten;
  world.settle();
  expect(world.sql.rowsWritten).toBe(before);
  expect(world.history().messages).toEqual([]);
  expect(heard(world.connect("dave", { start: { kind: "rewind", count: 10 } }))).toEqual([]);
});

test("SIGNAL-2 of one batch the last with the same connection, event and key wins, in the last one's place", () => {
  const { world, peers } = lobby();
  const [alice, bob, carol] = peers;
  const send = (peer: Peer, event: string, key: string, data: string) =>
    peer.send({ type: "signal", event, key, data });
  send(alice, "a", "k", "old");
  send(alice, "a", "l", "other key");
  send(alice, "b", "k", "other event");
  send(bob, "a", "k", "other connection");
  send(alice, "a", "k", "new");
  world.settle();
  expect(heard(carol)).toEqual([["other key", "other event", "other connection", "new"]]);
  expect(heard(bob)).toEqual([["other key", "other event", "new"]]);
  expect(heard(alice)).toEqual([["other connection"]]);
  send(alice, "a", "k", "next batch");
  world.settle();
  expect(heard(carol)).toEqual([["next batch"]]);
});

test("SIGNAL-2 without a key nothing replaces anything", () => {
  const { world, peers } = lobby();
  for (const data of [1, 2, 3]) peers[0].send({ type: "signal", event: "e", data });
  world.settle();
  expect(heard(peers[1])).toEqual([[1, 2, 3]]);
});

test("SIGNAL-2 event and key are told apart, whatever is in them", () => {
  const { world, peers } = lobby();
  peers[0].send({ type: "signal", event: "a", data: 1, key: "null" });
  peers[0].send({ type: "signal", event: "a", data: 2 });
  peers[0].send({ type: "signal", event: "a", data: 3, key: '",null' });
  world.settle();
  expect(heard(peers[1])).toEqual([[1, 2, 3]]);
});

test("SIGNAL-2 over HTTP without a connection nothing replaces anything, and all get it", () => {
  const { world, peers } = lobby();
  const post = (data: unknown, connection: string | null = null) =>
    world.turn(({ requests }) =>
      requests.signal(identity("alice"), { event: "e", data: data as number }, connection, world.now),
    );
  post(1);
  post(2);
  post(3, peers[0].session.connection);
  post(4, peers[1].session.connection); // not theirs: as if it were not given
  world.settle();
  expect(peers.map(heard)).toEqual([[[1, 2, 4]], [[1, 2, 3, 4]], [[1, 2, 3, 4]]]);
});

test("SIGNAL-1 a reader that is still being fed gets signals at once", () => {
  const { world, peers } = lobby();
  for (let count = 0; count < 20; count++) world.publish("x", [{ data: "x".repeat(60_000) }]);
  world.settle();
  const slow = world.connect("dave", { start: { kind: "rewind", count: 20 } });
  slow.subscriber.unsentBytes = 300_000;
  slow.news();
  peers[0].send({ type: "signal", event: "e", data: 1 });
  world.run("flush");
  expect(heard(slow)).toEqual([[1]]);
});

test("SIGNAL-3 above the rate a signal is rate_limited, with a truthful wait", () => {
  const world = new TestChannel({ SIGNAL_RATE: 2 });
  const alice = world.connect("alice");
  alice.news();
  for (const ref of ["1", "2", "3"]) alice.send({ type: "signal", event: "e", data: 1, key: ref, ref });
  const ack = (ref: string) => ({ type: "ack", ref });
  const limited = { type: "error", ref: "3", code: "rate_limited", retryAfter: 500 };
  expect(alice.news()).toMatchObject([ack("1"), ack("2"), limited]);
  world.now += 500;
  alice.send({ type: "signal", event: "e", data: 1, ref: "4" });
  expect(alice.news()).toEqual([ack("4")]);
});

test("MSG-6 the data of a signal may be as large as that of a message", () => {
  const world = new TestChannel({ MESSAGE_DATA_BYTES: 100 });
  const alice = world.connect("alice");
  alice.news();
  alice.send({ type: "signal", event: "e", data: "é".repeat(49), ref: "1" });
  alice.send({ type: "signal", event: "e", data: `${"é".repeat(49)}x`, ref: "2" });
  expect(alice.news()).toMatchObject([{ type: "ack" }, { type: "error", ref: "2", code: "too_large" }]);
});

test("L3 so many signals wait, and no more", () => {
  const world = new TestChannel({ PENDING_MESSAGES: 3, SIGNAL_RATE: 0 });
  const [alice, bob] = [world.connect("alice"), world.connect("bob")];
  const send = (key: string) => alice.send({ type: "signal", event: "e", data: key, key, ref: key });
  alice.news();
  for (const key of ["1", "2", "3", "4"]) send(key);
  expect(alice.news().at(-1)).toMatchObject({ type: "error", ref: "4", code: "overloaded", retryAfter: 1000 });
  world.settle();
  expect(heard(bob)).toEqual([["1", "2", "3"]]);
  send("5");
  expect(alice.news().at(-1)).toEqual({ type: "ack", ref: "5" });
});

test("FRAME-7 many large signals come in several frames, none of them larger than 256 KiB", () => {
  const world = new TestChannel();
  const [alice, bob] = [world.connect("alice"), world.connect("bob")];
  for (let count = 0; count < 30; count++)
    alice.send({ type: "signal", event: "e", key: `${count}`, data: "€".repeat(5000) });
  world.settle();
  const sizes = bob.subscriber.frames.slice(1).map((frame) => Buffer.byteLength(frame));
  expect(sizes.length).toBeGreaterThan(1);
  for (const size of sizes) expect(size).toBeLessThanOrEqual(256 * 1024);
  expect(heard(bob).flat().length).toBe(30);
});
