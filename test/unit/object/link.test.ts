import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LinkBatch, LinkReceipt } from "../../../src/object/links/calls.ts";
import { Link } from "../../../src/object/links/link.ts";

const TAKEN: LinkReceipt = { unknown: [], newerLife: null };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A link whose other side does what `answer` says; it takes everything, if that says nothing. */
function linked(answer: (batch: LinkBatch, nth: number) => Promise<LinkReceipt> = async () => TAKEN) {
  const batches: LinkBatch[] = [];
  const seen = { lost: 0, isWatched: false };
  const link: Link = new Link({
    peer: "alice",
    channel: "room:a",
    life: 5,
    isWatched: () => seen.isWatched,
    send: (batch) => answer(batch, batches.push(batch)),
    turn: (event) => event(Date.now()),
    received: (_link, batch) => {
      for (const item of batch.items) if (item.kind === "ended") link.ended.delete(item.subscription);
    },
    lost: () => void seen.lost++,
  });
  const run = () => vi.advanceTimersByTimeAsync(0);
  return { link, batches, seen, run };
}

const readers = (batch: LinkBatch | undefined) =>
  batch?.items.map((item) =>
    item.kind === "frame" ? [item.text, ...item.readers.map(([id, n]) => `${id}${n}`)] : item.kind,
  );

test("SUB-2 a flush is one batch, each frame once, each reader's in order", async () => {
  const { link, batches, run } = linked();
  const place = { epoch: "e", previous: null, to: 1 };
  link.frame("a", "one", place);
  link.frame("a", "two", null);
  link.frame("b", "one", place);
  link.frame("b", "two", null);
  link.frame("a", "two", null); // the same text again is another frame
  link.frame("c", "two", null);
  await run();
  expect(batches).toHaveLength(1);
  expect(readers(batches[0])).toEqual([
    ["one", "a1", "b1"],
    ["two", "a2", "b2"],
    ["two", "a3", "c1"],
  ]);
});

test("SUB-2 one call at a time: what comes meanwhile goes with the next", async () => {
  const { promise, resolve } = Promise.withResolvers<LinkReceipt>();
  const { link, batches, run } = linked((_batch, nth) => (nth === 1 ? promise : Promise.resolve(TAKEN)));
  link.frame("a", "1", null);
  await run();
  for (const text of ["2", "3", "4"]) link.frame("a", text, null);
  await run();
  expect([batches.length, link.unsentOf("a")]).toEqual([1, 4]);
  let isDrained = false;
  void link.drained().then(() => {
    isDrained = true;
  });
  resolve(TAKEN);
  await run();
  expect(readers(batches[1])).toEqual([
    ["2", "a2"],
    ["3", "a3"],
    ["4", "a4"],
  ]);
  expect([isDrained, link.unsentOf("a"), link.isIdle]).toEqual([true, 0, true]);
});

test("SUB-6 a call that fails is repeated as it is; then all is lost, and only what has ended is told, later and later", async () => {
  let isReachable = false;
  const { link, batches, seen } = linked(async () => {
    if (!isReachable) throw new Error("unreachable");
    return TAKEN;
  });
  link.frame("a", "1", null);
  await vi.advanceTimersByTimeAsync(2000);
  expect(batches).toHaveLength(4);
  expect(new Set(batches.map((batch) => JSON.stringify(batch))).size).toBe(1);
  expect(seen.lost).toBe(1);
  link.end("a", { code: 4503, reason: "overloaded", at: Date.now() });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(batches).toHaveLength(4);
  const waits: number[] = [];
  for (let tries = 0; tries < 12; tries++) {
    const now = Date.now();
    waits.push((link.retryAt as number) - now);
    await vi.advanceTimersByTimeAsync(Math.max(0, (link.retryAt as number) - now));
    link.retry();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(waits.at(-1)).toBe(300_000);
  expect(batches).toHaveLength(16);
  isReachable = true;
  link.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(batches.at(-1)?.items).toEqual([{ kind: "ended", subscription: "a", code: 4503, reason: "overloaded" }]);
  expect([link.ended.size, link.retryAt, link.isIdle]).toEqual([0, null, true]);
});

test("SUB-6 L3 what waits is bounded: beyond it the link is lost", async () => {
  const { link, batches, seen, run } = linked(() => new Promise(() => undefined));
  link.frame("a", "0", null);
  await run();
  for (let n = 0; n < 5000; n++) link.frame("a", `${n}`, null);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([batches.length, seen.lost, link.isIdle]).toEqual([1, 1, true]);
});

test("SUB-2 another side that knows a later life is told the same in a life after that", async () => {
  const { link, batches, run } = linked(async (batch) => (batch.life < 9 ? { unknown: [], newerLife: 9 } : TAKEN));
  link.frame("a", "1", null);
  await run();
  await vi.advanceTimersByTimeAsync(100);
  expect(batches.map(({ life }) => life)).toEqual([5, 10]);
  expect(link.isIdle).toBe(true);
});

test("PRESENCE-7 that somebody watches is told at once, that nobody does with what comes next", async () => {
  const { link, batches, seen, run } = linked();
  link.watchedChanged();
  await run();
  expect(batches).toEqual([]);
  seen.isWatched = true;
  link.watchedChanged();
  await run();
  expect(batches).toEqual([{ channel: "room:a", life: 5, isWatched: true, items: [] }]);
  seen.isWatched = false;
  link.watchedChanged();
  await run();
  expect(batches).toHaveLength(1);
  link.frame("a", "1", null);
  await run();
  expect(batches.at(-1)?.isWatched).toBe(false);
});
