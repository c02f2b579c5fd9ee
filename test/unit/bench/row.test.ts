import { expect, it } from "vitest";
import { rowOf } from "../../bench/row.ts";

const parts = { id: "B1", title: "a row", unit: "things" };

it.each([
  ["the ratio is high enough", { atLeast: 3 }, [1, 1, 1], [2, 3, 9], true],
  ["the ratio is too low", { atLeast: 3.1 }, [1, 1, 1], [2, 3, 9], false],
  ["the ratio is low enough", { atMost: 0.5 }, [4, 4], [1, 3], true],
  ["the ratio is too high", { atMost: 0.4 }, [4, 4], [1, 3], false],
])("a row with a reference is judged by the median of its ratios: %s", (_what, target, reference, edgewire, met) => {
  expect(rowOf({ ...parts, target, reference: { name: "R", values: reference }, edgewire }).met).toBe(met);
});

it("ratios are of neighbours in time, not of medians", () => {
  const row = rowOf({ ...parts, target: null, reference: { name: "R", values: [1, 10, 100] }, edgewire: [2, 30, 100] });
  expect(row.ratio).toEqual({ median: 2, min: 1, max: 3 });
  expect(row.edgewire.median / (row.reference?.figure.median ?? 0)).toBe(3);
});

it("a row without a reference is judged by its own figure", () => {
  expect(rowOf({ ...parts, target: { atMost: 1 }, edgewire: [0.5, 0.9, 7] })).toMatchObject({ ratio: null, met: true });
});

it("a row in which something went wrong meets nothing", () => {
  const faults = ["round 1: lost"];
  expect(rowOf({ ...parts, target: { atMost: 1 }, edgewire: [0], faults })).toMatchObject({ met: false, faults });
});
