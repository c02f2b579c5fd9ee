import { expect, test } from "vitest";
import { cameThrough, cameToNothing, current, type Ladder, ladderOf, putOff } from "../../../src/client/ladder.ts";

const RUNGS = ["websocket", "sse", "poll"] as const;
const NOW = 1000;
const fresh = ladderOf(RUNGS, undefined, NOW);
const nothing = (ladder: Ladder, times: number): Ladder =>
  times === 0 ? ladder : nothing(cameToNothing(ladder, NOW), times - 1);

test.each([
  [undefined, "websocket", null],
  ["websocket", "websocket", null],
  ["sse", "sse", NOW + 60_000],
  ["poll", "poll", NOW + 60_000],
  ["carrier pigeon", "websocket", null],
])("remembered %s: it begins with %s", (remembered, transport, returnAt) => {
  const ladder = ladderOf(RUNGS, remembered, NOW);
  expect(current(ladder)).toBe(transport);
  expect(ladder.returnAt).toBe(returnAt);
});

test.each([
  [0, "websocket"],
  [1, "websocket"],
  [2, "sse"],
  [3, "sse"],
  [4, "poll"],
  [6, "websocket"],
])("%i dials in a row that came to nothing: %s", (times, transport) => {
  expect(current(nothing(fresh, times))).toBe(transport);
});

test("a welcome between them begins to count anew", () => {
  expect(current(nothing(cameThrough(nothing(fresh, 1), "websocket"), 1))).toBe("websocket");
});

test("one transport is all there is", () => {
  const ladder = nothing(ladderOf(["sse"], "poll", NOW), 9);
  expect(current(ladder)).toBe("sse");
  expect(ladder.returnAt).toBe(null);
});

test("back to the best: after a minute, then after twice as long, up to 15", () => {
  let ladder = nothing(fresh, 2);
  expect(ladder.returnAt).toBe(NOW + 60_000);
  const waits = [];
  for (let n = 0; n < 6; n++) {
    ladder = putOff(ladder, NOW);
    waits.push(((ladder.returnAt as number) - NOW) / 60_000);
    expect(current(ladder)).toBe("sse");
    expect(cameThrough(ladder, "sse")).toEqual(ladder);
  }
  expect(waits).toEqual([2, 4, 8, 15, 15, 15]);
  expect(cameThrough(ladder, "websocket")).toEqual(fresh);
});
