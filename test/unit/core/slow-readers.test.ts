import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const MiB = 1024 * 1024;
const SLOW = { code: 4503, reason: "overloaded" };

/** One more message, in a flush of its own, half a second later. */
function tick(world: TestChannel): void {
  world.advance(500);
  world.publish("server", [{}]);
  world.settle();
}

/** How many bytes of frames a peer was sent. */
const sent = (peer: Peer) => peer.subscriber.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);

test("SLOW-1 a reader that leaves more than 1 MiB unread is closed 4503", () => {
  const world = new TestChannel();
  const [slow, fast] = [world.connect("slow"), world.connect("fast")];
  tick(world);
  slow.subscriber.unsentBytes = MiB + 1000;
  tick(world);
  expect([slow.subscriber.closed, fast.isOpen]).toEqual([SLOW, true]);
});

test("SLOW-1 1 MiB is not too much", () => {
  const world = new TestChannel();
  const reader = world.connect("reader");
  tick(world);
  reader.subscriber.unsentBytes = MiB;
  for (let count = 0; count < 5; count++) tick(world);
  expect(reader.isOpen).toBe(true);
});

test("SLOW-1 what was only just queued does not count, however much it is", () => {
  const world = new TestChannel();
  const reader = world.connect("reader");
  for (let round = 0; round < 3; round++) {
    tick(world);
    const before = sent(reader);
    for (let count = 0; count < 40; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
    world.settle();
    reader.subscriber.unsentBytes = sent(reader) - before;
    expect(reader.subscriber.unsentBytes).toBeGreaterThan(2 * MiB);
    tick(world);
    expect(reader.isOpen).toBe(true);
    reader.subscriber.unsentBytes = 0;
  }
});

test("SLOW-1 but it counts at the next look, if it is still there", () => {
  const world = new TestChannel();
  const reader = world.connect("reader");
  tick(world);
  const before = sent(reader);
  for (let count = 0; count < 40; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
  world.settle();
  reader.subscriber.unsentBytes = sent(reader) - before;
  tick(world);
  tick(world);
  expect(reader.subscriber.closed).toEqual(SLOW);
});

test.each<[string, (world: TestChannel, reader: Peer) => void]>([
  [
    "pages of history",
    (_world, reader) => {
      for (let count = 0; count < 6; count++) reader.send({ type: "history", ref: "h", limit: 1000 });
    },
  ],
  [
    "signals",
    (world) => {
      const other = world.connect("other", { kind: "server" });
      for (let key = 0; key < 30; key++)
        other.send({ type: "signal", event: "e", key: `${key}`, data: "x".repeat(60_000) });
      world.settle();
    },
  ],
])("SLOW-1 what was only just queued does not count: %s", (_what, queue) => {
  const world = new TestChannel();
  for (let count = 0; count < 6; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
  const reader = world.connect("reader");
  tick(world);
  world.advance(499);
  const before = sent(reader);
  queue(world, reader);
  reader.subscriber.unsentBytes = sent(reader) - before;
  expect(reader.subscriber.unsentBytes).toBeGreaterThan(MiB);
  world.advance(1);
  world.publish("server", [{}]);
  world.settle();
  expect(reader.isOpen).toBe(true);
});

test("SLOW-1 with a small budget the first page of a replay is not held against its reader", () => {
  const world = new TestChannel({ UNSENT_BYTES: 64 * 1024 });
  for (let count = 0; count < 4; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
  world.settle();
  world.advance(500);
  const reader = world.connect("reader", { start: { kind: "rewind", count: 4 } });
  reader.subscriber.unsentBytes = sent(reader);
  world.publish("server", [{}]);
  world.run("flush");
  expect(reader.isOpen).toBe(true);
});

test("SLOW-1 a reader that takes what it gets is never closed, whatever the traffic", () => {
  const world = new TestChannel();
  const reader = world.connect("reader");
  let before = sent(reader);
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 10; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
    world.settle();
    // It has taken everything but the last round.
    reader.subscriber.unsentBytes = sent(reader) - before;
    before = sent(reader);
    world.advance(100);
  }
  expect(reader.isOpen).toBe(true);
});

test("SLOW-1 all together may leave 32 MiB; then the fullest are closed first", () => {
  const world = new TestChannel({ UNSENT_BYTES: 32 * MiB, UNSENT_BYTES_TOTAL: 32 * MiB });
  const sizes = [10, 12, 8, 6, 0];
  const readers = sizes.map((_, index) => world.connect(`r${index}`));
  tick(world);
  for (const [index, reader] of readers.entries()) reader.subscriber.unsentBytes = (sizes[index] as number) * MiB;
  tick(world);
  expect(readers.map(({ isOpen }) => isOpen)).toEqual([true, false, true, true, true]);
  expect(readers[1]?.subscriber.closed).toEqual(SLOW);
  tick(world);
  expect(readers.filter(({ isOpen }) => isOpen).length).toBe(4);
});

test("SLOW-1 where the runtime does not tell what is unsent nobody is closed", () => {
  const world = new TestChannel();
  const reader = world.connect("reader");
  reader.subscriber.unsentBytes = undefined;
  for (let count = 0; count < 3; count++) tick(world);
  expect(reader.isOpen).toBe(true);
});

test("PRESENCE-6 a slow reader's user has a grace", () => {
  const world = new TestChannel();
  const slow = world.connect("slow");
  tick(world);
  slow.subscriber.unsentBytes = 2 * MiB;
  tick(world);
  expect(slow.subscriber.closed).toEqual(SLOW);
  expect(world.members().members).toMatchObject([{ user: "slow", connections: 0 }]);
});

test("SLOW-1 a reader that takes nothing is closed though everybody falls silent", () => {
  const world = new TestChannel();
  const [slow, fast] = [world.connect("slow"), world.connect("fast")];
  const before = sent(slow);
  for (let count = 0; count < 20; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
  world.settle();
  slow.subscriber.unsentBytes = sent(slow) - before;
  expect(slow.isOpen).toBe(true);
  world.advance(1000);
  expect([slow.subscriber.closed, fast.isOpen]).toEqual([SLOW, true]);
  world.advance(1000);
  expect([...world.host.tasks.keys()]).toEqual([]); // nothing keeps the object awake
});

test("SLOW-1 a reader that only asks, and takes no answer, is closed", () => {
  const world = new TestChannel();
  for (let count = 0; count < 6; count++) world.publish("server", [{ data: "x".repeat(60_000) }]);
  const reader = world.connect("reader");
  world.settle();
  const before = sent(reader);
  for (let count = 0; count < 100 && reader.isOpen; count++) {
    reader.send({ type: "history", ref: "h" });
    reader.subscriber.unsentBytes = sent(reader) - before;
    world.advance(100);
  }
  expect(reader.subscriber.closed).toEqual(SLOW);
  expect(sent(reader) - before).toBeLessThan(4 * MiB);
});
