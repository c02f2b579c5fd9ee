import { describe, expect, it } from "vitest";
import { Delays, Ranges } from "../../../bench/scale/delays.ts";

const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);

describe("delays", () => {
  it("one after the other add up, to the millisecond of their bins", () => {
    const both = Delays.between(0, 100).plus(Delays.between(0, 100));
    expect(sum(both.shares)).toBeCloseTo(1);
    expect(both.mean).toBeCloseTo(100, -1);
    // Two of them together are a triangle: an eighth is below half of one.
    expect(both.quantile(0.125)).toBeCloseTo(50, -1);
    expect(both.quantile(1)).toBeLessThanOrEqual(202);
  });

  it("are mixed by their weights", () => {
    const mixed = Delays.mix([
      [3, Delays.always(10)],
      [1, Delays.always(1000)],
    ]);
    expect(mixed.quantile(0.75)).toBe(10.5);
    expect(mixed.quantile(0.76)).toBe(1000.5);
  });

  it("that are held wait together", () => {
    const held = Delays.between(0, 40).atLeast(30);
    expect(held.shares[30]).toBeCloseTo(31 / 40);
    expect(held.quantile(0)).toBe(0.5);
    expect(held.quantile(0.5)).toBe(30.5);
    expect(held.quantile(1)).toBeCloseTo(39.5);
  });

  it("of a network have a tail: a hundredth takes more than four times the mean", () => {
    const tail = Delays.tail(20);
    expect(tail.mean).toBeCloseTo(20, 0);
    expect(tail.quantile(0.99)).toBeCloseTo(20 * Math.log(100), -1);
  });
});

describe("ranges", () => {
  it("are what the same would be one by one", () => {
    const [ranges, each] = [new Ranges(100), new Float64Array(100)];
    for (const [from, to] of [
      [0, 10],
      [5, 6],
      [7, 99],
      [40, 40],
    ] as const) {
      ranges.add(from, to, 8);
      const end = Math.max(from + 1, to);
      for (let at = from; at < end; at++) each[at] = (each[at] as number) + 8 / (end - from);
    }
    expect(ranges.total).toBe(32);
    const { shares } = ranges.delays();
    expect(shares).toHaveLength(99);
    for (const [at, share] of shares.entries()) expect(share).toBeCloseTo((each[at] as number) / 32);
  });

  it("lose nothing that takes longer than they reach", () => {
    const ranges = new Ranges(10);
    ranges.add(50, 60, 1);
    ranges.add(2, 3, 1);
    expect(ranges.delays().quantile(0.5)).toBe(2.5);
    expect(ranges.delays().quantile(1)).toBeGreaterThan(8);
  });
});
