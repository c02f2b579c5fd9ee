import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const EPOCH = "epoch001";
const REFILL = 256 * 1024;
const FROM_START = { kind: "after", cursor: { epoch: EPOCH, seq: 0 } } as const;

/** A channel whose log has `count` messages of about 60,000 bytes: four go on a page. */
function channelWith(count: number, settings = {}) {
  const world = new TestChannel({ PUBLISH_RATE: 0, PUBLISH_BURST: 1e6, ...settings });
  world.publish("server", []);
  for (let seq = 1; seq <= count; seq++) {
    world.publish("server", [{ data: "x".repeat(60_000) }]);
    if (seq % 20 === 0) world.settle();
  }
  world.settle();
  return world;
}

/** The seqs of the messages a peer got since the last look, frame by frame; other frames by their type. */
const pages = (peer: Peer) =>
  peer
    .news()
    .map((frame) => (frame.type === "messages" ? frame.messages.map(({ seq }: { seq: number }) => seq) : frame.type));

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test("RESUME-5 a replay comes page by page, each when its reader has taken the one before", () => {
  const world = channelWith(11);
  const reader = world.connect("reader", { start: FROM_START });
  expect(pages(reader)).toEqual(["welcome", [1, 2, 3, 4]]);
  reader.subscriber.unsentBytes = REFILL;
  world.advance(1000);
  expect(pages(reader)).toEqual([]);
  reader.subscriber.unsentBytes = REFILL - 1;
  world.run("replay");
  expect(pages(reader)).toEqual([[5, 6, 7, 8]]);
  reader.subscriber.unsentBytes = 0;
  world.advance(100);
  expect(pages(reader)).toEqual([[9, 10, 11]]);
});

test("RESUME-5 nothing is sent twice, whoever runs the replay how often", () => {
  const world = channelWith(5);
  const reader = world.connect("reader", { start: FROM_START });
  for (let count = 0; count < 5; count++) world.run("replay");
  expect(pages(reader)).toEqual(["welcome", [1, 2, 3, 4], [5]]);
});

test("RESUME-5 while it is fed a reader gets no live messages; at the head it does, without a seam", () => {
  const world = channelWith(6);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = REFILL;
  world.publish("server", [{}]);
  world.advance(1000);
  expect(pages(reader)).toEqual(["welcome", [1, 2, 3, 4]]);
  reader.subscriber.unsentBytes = 0;
  world.run("replay");
  expect(pages(reader)).toEqual([[5, 6, 7]]);
  world.publish("server", [{}]);
  world.run("flush");
  expect(pages(reader)).toEqual([[8]]);
});

test("RESUME-5 a reader that is behind holds nobody up", () => {
  const world = channelWith(6);
  const live = world.connect("live");
  const behind = world.connect("behind", { start: FROM_START });
  behind.subscriber.unsentBytes = REFILL;
  const other = world.connect("other", { start: FROM_START });
  world.publish("server", [{}]);
  world.advance(100);
  expect(pages(live)).toEqual(["welcome", [7]]);
  expect(pages(other).flat()).toEqual(["welcome", 1, 2, 3, 4, 5, 6, 7]);
});

test("RESUME-5 sixteen are fed at once; the next comes when one is through", () => {
  const world = channelWith(5);
  const readers = Array.from({ length: 20 }, (_, index) => {
    const reader = world.connect(`r${index}`, { start: FROM_START });
    reader.subscriber.unsentBytes = REFILL;
    return reader;
  });
  const fed = () => readers.filter((reader) => pages(reader).some((page) => Array.isArray(page))).length;
  expect(fed()).toBe(16);
  world.advance(1000);
  expect(fed()).toBe(0);
  for (const reader of readers.slice(0, 2)) reader.subscriber.unsentBytes = 0;
  for (const reader of readers.slice(16)) reader.subscriber.unsentBytes = 0;
  world.advance(100);
  // Those two are through, and the last four have their places one after the other.
  expect(fed()).toBe(6);
});

test("RESUME-5 the waits between looks grow while nobody reads, up to 100 ms", () => {
  const world = channelWith(6);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = REFILL;
  const waits: number[] = [];
  world.run("replay");
  for (let count = 0; count < 7; count++) {
    const due = world.host.tasks.get("replay") as number;
    waits.push(due - world.now);
    world.now = due;
    world.run("replay");
  }
  expect(waits).toEqual([10, 20, 40, 80, 100, 100, 100]);
});

test("SLOW-1 a reader that takes nothing for 30 s is closed 4503", () => {
  const world = channelWith(6);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = REFILL;
  world.advance(29_800);
  expect(reader.isOpen).toBe(true);
  world.advance(400);
  expect(reader.subscriber.closed).toEqual({ code: 4503, reason: "overloaded" });
  expect(world.host.tasks.has("replay")).toBe(false);
});

test("SLOW-1 a reader that takes something, however little, is not", () => {
  const world = channelWith(6);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = REFILL * 2;
  for (let count = 0; count < 10; count++) {
    world.advance(20_000);
    reader.subscriber.unsentBytes -= 1;
  }
  expect(reader.isOpen).toBe(true);
});

test("RESUME-5 where the runtime does not tell, a page goes out at a time and after 4 MiB the client resumes", () => {
  const world = channelWith(100);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = undefined;
  expect(pages(reader)).toEqual(["welcome", [1, 2, 3, 4]]);
  world.run("replay");
  expect(pages(reader)).toEqual([[5, 6, 7, 8]]);
  world.advance(1000);
  expect(reader.subscriber.closed).toEqual({ code: 1012, reason: "resume" });
  const bytes = reader.subscriber.frames.reduce((sum, frame) => sum + frame.length, 0);
  expect(bytes).toBeLessThan(4 * 1024 * 1024 + 2 * 256 * 1024);
  const last = pages(reader).flat().at(-1) as number;
  const next = world.connect("reader", { start: { kind: "after", cursor: { epoch: EPOCH, seq: last } } });
  world.advance(1000);
  expect(pages(next).flat()).toEqual(["welcome", ...numbers(last + 1, 100)]);
});

test("RESUME-5 where the runtime does not tell, one that is through is not closed", () => {
  const world = channelWith(20);
  const reader = world.connect("reader", { start: FROM_START });
  reader.subscriber.unsentBytes = undefined;
  world.advance(1000);
  expect(reader.isOpen).toBe(true);
  expect(pages(reader).flat()).toEqual(["welcome", ...numbers(1, 20)]);
});

test("RESUME-5 a replay goes on after a sleep where it was", () => {
  const world = channelWith(9);
  const reader = world.connect("reader", { start: FROM_START });
  world.run("replay");
  expect(pages(reader)).toEqual(["welcome", [1, 2, 3, 4], [5, 6, 7, 8]]);
  world.host.tasks.clear();
  world.hibernate();
  world.members();
  world.settle();
  expect(pages(reader)).toEqual([[9]]);
});

test("RESUME-2 where a reader is, is saved before the page that brings it there is sent", () => {
  const world = channelWith(9);
  const { subscriber } = world.connect("reader", { start: FROM_START });
  world.advance(100);
  expect(subscriber.frames.length).toBe(4);
  for (const frames of [1, 2, 3]) expect(subscriber.savedBefore).toContain(frames);
  expect(JSON.parse(subscriber.saved as string).replay).toBeNull();
});

test("RESUME-5 the end of a connection ends its replay", () => {
  const world = channelWith(9);
  const reader = world.connect("reader", { start: FROM_START });
  reader.close();
  world.run("replay");
  expect(world.host.tasks.has("replay")).toBe(false);
});
