import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const EPOCH = "epoch001";
const FROM_START = { kind: "after", cursor: { epoch: EPOCH, seq: 0 } } as const;
const FULL = 256 * 1024;

function publish(world: TestChannel, count: number, bytes = 60_000): void {
  for (let message = 0; message < count; message++) {
    world.publish("server", [{ data: "x".repeat(bytes) }]);
    world.run("flush");
  }
}

function channelWith(count: number, settings = {}) {
  const world = new TestChannel({ PUBLISH_RATE: 0, ...settings });
  publish(world, count);
  return world;
}

/** What a peer got since the last look: seqs of messages, and gaps. */
const got = (peer: Peer) =>
  peer.news().flatMap((frame): unknown[] => {
    if (frame.type === "messages") return frame.messages.map(({ seq }: { seq: number }) => seq);
    return frame.type === "gap" ? [frame] : [];
  });

test("RESUME-4 when retention overtakes a replay there is one truthful gap, and then what is retained", () => {
  const world = channelWith(10, { RETAIN_MESSAGES: 10 });
  const reader = world.connect("reader", { start: FROM_START });
  expect(got(reader)).toEqual([1, 2, 3, 4]);
  reader.subscriber.unsentBytes = FULL;
  publish(world, 8);
  reader.subscriber.unsentBytes = 0;
  world.advance(1000);
  const gap = { type: "gap", after: `${EPOCH}-4`, oldest: `${EPOCH}-9`, reason: "expired" };
  expect(got(reader)).toEqual([gap, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
});

test("RESUME-4 what a reader has already is not missing when it expires", () => {
  const world = channelWith(10, { RETAIN_MESSAGES: 10 });
  const reader = world.connect("reader", { start: FROM_START });
  expect(got(reader)).toEqual([1, 2, 3, 4]);
  reader.subscriber.unsentBytes = FULL;
  publish(world, 4);
  reader.subscriber.unsentBytes = 0;
  world.advance(1000);
  expect(got(reader)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

test("RESUME-4 when everything expires before a reader the gap has no oldest, and the reader is live", () => {
  const world = channelWith(10, { RETAIN_AGE: 10_000 });
  const reader = world.connect("reader", { start: FROM_START });
  expect(got(reader)).toEqual([1, 2, 3, 4]);
  reader.subscriber.unsentBytes = FULL;
  world.advance(10_001);
  reader.subscriber.unsentBytes = 0;
  world.advance(1000);
  const gap = { type: "gap", after: `${EPOCH}-4`, oldest: null, reason: "expired", cursor: `${EPOCH}-10` };
  expect(got(reader)).toEqual([gap]);
  publish(world, 1);
  expect(got(reader)).toEqual([11]);
});

test("RESUME-4 ADMIN-1 when the log is cleared during a replay there is one gap, and then the new log", () => {
  const world = channelWith(10);
  const reader = world.connect("reader", { start: FROM_START });
  expect(got(reader)).toEqual([1, 2, 3, 4]);
  reader.subscriber.unsentBytes = FULL;
  world.turn(({ channel }) => channel.administration.clear(world.now));
  publish(world, 2);
  expect(got(reader)).toEqual([]);
  reader.subscriber.unsentBytes = 0;
  world.advance(1000);
  expect(got(reader)).toEqual([{ type: "gap", after: `${EPOCH}-4`, oldest: "epoch002-1", reason: "epoch" }, 1, 2]);
});

test("RESUME-4 ADMIN-1 a log that is cleared and stays empty tells the reader where it stands", () => {
  const world = channelWith(10);
  const reader = world.connect("reader", { start: FROM_START });
  got(reader);
  world.turn(({ channel }) => channel.administration.clear(world.now));
  world.advance(1000);
  const gap = { type: "gap", after: `${EPOCH}-4`, oldest: null, reason: "epoch", cursor: "epoch002-0" };
  expect(got(reader)).toEqual([gap]);
});

test("L5 RESUME-3 a row that cannot be read is told as a gap, and the rest follows", () => {
  const world = channelWith(12);
  world.sql.exec("UPDATE log SET entries = 'nonsense' WHERE first_seq = 6");
  const reader = world.connect("reader", { start: FROM_START });
  world.advance(1000);
  const gap = { type: "gap", after: `${EPOCH}-5`, oldest: `${EPOCH}-7`, reason: "expired" };
  expect(got(reader)).toEqual([1, 2, 3, 4, 5, gap, 7, 8, 9, 10, 11, 12]);
});

test("L5 RESUME-3 when the last row cannot be read there is a gap too, and the reader is live", () => {
  const world = channelWith(6);
  world.sql.exec("UPDATE log SET entries = 'nonsense' WHERE first_seq = 6");
  const reader = world.connect("reader", { start: FROM_START });
  world.advance(1000);
  const gap = { type: "gap", after: `${EPOCH}-5`, oldest: null, reason: "expired", cursor: `${EPOCH}-6` };
  expect(got(reader)).toEqual([1, 2, 3, 4, 5, gap]);
  publish(world, 1);
  expect(got(reader)).toEqual([7]);
});

test("FRAME-7 pages of many small messages are at most 256 KiB, commas and all", () => {
  const world = new TestChannel({ PUBLISH_RATE: 0 });
  for (let round = 0; round < 50; round++) {
    world.publish(
      "s",
      Array.from({ length: 100 }, (_, index) => ({ id: `${round}-${index}`, event: "e" })),
    );
    world.run("flush");
  }
  const reader = world.connect("reader", { start: FROM_START });
  world.advance(1000);
  const sizes = reader.subscriber.frames.slice(1).map((frame) => Buffer.byteLength(frame));
  expect(sizes.length).toBeGreaterThan(1);
  for (const size of sizes) expect(size).toBeLessThanOrEqual(256 * 1024);
});

test("FRAME-7 HISTORY-2 so are pages of history in a frame", () => {
  const world = new TestChannel({ PUBLISH_RATE: 0 });
  // 1000 messages of 262 bytes each are just what fits, without the commas.
  for (let seq = 1; seq <= 1000; seq++)
    world.publish("s", [{ id: "i".repeat(8 - String(seq).length), event: "e", user: "s", data: "x".repeat(189) }]);
  world.run("flush");
  expect(Buffer.byteLength(JSON.stringify(world.history({ limit: 1 }).messages[0]))).toBe(262);
  const reader = world.connect("reader");
  reader.send({ type: "history", ref: "1", limit: 1000 });
  expect(Buffer.byteLength(reader.subscriber.frames.at(-1) as string)).toBeLessThanOrEqual(256 * 1024);
});
