import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Act, LinkAnswer, LinkCall } from "../../../src/object/links/calls.ts";
import { type Outcome, Upstream } from "../../../src/object/subscriptions/upstream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const frame = (text: string): Act => ({ kind: "frame", text });

function upstream(answer: (call: LinkCall, nth: number) => Promise<LinkAnswer>, isHeld = false) {
  const calls: LinkCall[] = [];
  const outcomes: Outcome[] = [];
  const up = new Upstream({
    ...{ peer: "alice", subscription: "s", isHeld },
    call: (call) => answer(call, calls.push(call)),
    answered: (outcome) => void outcomes.push(outcome),
  });
  return { up, calls, outcomes };
}

const done = async (): Promise<LinkAnswer> => ({ kind: "done" });
const texts = ({ acts }: LinkCall) => acts.map((act) => (act.kind === "frame" ? act.text : act.kind));

test("SUB-3 what comes together is one call, and what comes meanwhile the next, in order", async () => {
  const { promise, resolve } = Promise.withResolvers<LinkAnswer>();
  const { up, calls, outcomes } = upstream((_call, nth) => (nth === 1 ? promise : done()));
  for (const text of ["1", "2"]) up.push(frame(text));
  await vi.advanceTimersByTimeAsync(0);
  for (const text of ["3", "4"]) up.push(frame(text));
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.map(texts)).toEqual([["1", "2"]]);
  resolve({ kind: "done" });
  await up.idle();
  expect(calls.map(texts)).toEqual([
    ["1", "2"],
    ["3", "4"],
  ]);
  expect(calls[1]?.number).toBeGreaterThan(calls[0]?.number as number);
  expect(outcomes).toEqual([{ kind: "done" }, { kind: "done" }]);
});

test("SUB-3 nothing is told before its row is written", async () => {
  const { up, calls } = upstream(done, true);
  up.push(frame("1"));
  await vi.advanceTimersByTimeAsync(1000);
  expect(calls).toEqual([]);
  up.release();
  await up.idle();
  expect(calls.map(texts)).toEqual([["1"]]);
});

test("SUB-6 a call that fails is repeated under its number, and then nobody knows", async () => {
  const { up, calls, outcomes } = upstream(async () => {
    throw new Error("unreachable");
  });
  up.push(frame("1"));
  up.push(frame("2"));
  await vi.advanceTimersByTimeAsync(5000);
  expect(calls.map(({ isRepeated }) => isRepeated)).toEqual([false, true, true, true]);
  expect(new Set(calls.map(({ number }) => number)).size).toBe(1);
  expect(outcomes).toEqual([{ kind: "doubt" }]);
});

test("SUB-6 an answer that cannot be written down resets the object, and is no error of anybody else", async () => {
  const answered = vi.fn(() => {
    throw new Error("the disk does not take it");
  });
  const parts = { peer: "alice", subscription: "s", isHeld: false, call: done, answered };
  new Upstream(parts).push(frame("1"));
  await vi.advanceTimersByTimeAsync(5000); // an unhandled rejection would fail the run
  expect(answered).toHaveBeenCalledTimes(1);
});

test("SUB-6 a channel that does not know whether it had the call leaves it in doubt", async () => {
  const { up, calls, outcomes } = upstream(async (_call, nth) => {
    if (nth === 1) throw new Error("lost");
    return { kind: "unknown" };
  });
  up.push(frame("1"));
  await vi.advanceTimersByTimeAsync(1000);
  expect([calls.length, outcomes]).toEqual([2, [{ kind: "doubt" }]]);
});

test("SUB-3 a number below the last is made again above it, and that is no repetition", async () => {
  const last = Date.now() + 10_000;
  const { up, calls, outcomes } = upstream(async ({ number }) => (number <= last ? { kind: "stale", last } : done()));
  up.push(frame("1"));
  await vi.advanceTimersByTimeAsync(1000);
  expect(calls.map(({ number, isRepeated }) => [number > last, isRepeated])).toEqual([
    [false, false],
    [true, false],
  ]);
  expect(outcomes).toEqual([{ kind: "done" }]);
});

test("SUB-3 L3 so many frames wait at most; an end always finds a place", async () => {
  const { up } = upstream(() => new Promise(() => undefined));
  up.push(frame("first"));
  await vi.advanceTimersByTimeAsync(0);
  let taken = 0;
  while (up.push(frame("x"))) taken++;
  expect(taken).toBe(1000);
  expect(up.push({ kind: "end", left: true })).toBe(true);
});

test("SUB-3 a call is no larger than one may be", async () => {
  const { up, calls } = upstream(done, true);
  for (let n = 0; n < 15; n++) up.push(frame("x".repeat(120_000)));
  up.release();
  await up.idle();
  expect(calls.length).toBe(2);
  expect(calls.flatMap(texts)).toHaveLength(15);
});
