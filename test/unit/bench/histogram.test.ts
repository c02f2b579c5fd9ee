import { describe, expect, it } from "vitest";
import { Histogram } from "../../bench/load/histogram.ts";
import { spread } from "../../bench/statistics.ts";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe("the histogram", () => {
  it("gives any single value back within 2 %", () => {
    for (let value = 0.064; value < 60_000; value *= 1.37) {
      const error = Math.abs(histogramOf([value]).quantile(0.5) - value) / value;
      expect(error, `${value} ms`).toBeLessThan(0.02);
    }
  });

  it("keeps values below 64 µs exactly", () => {
    expect(histogramOf([0.017]).quantile(0.5)).toBe(0.017);
    expect(histogramOf([0]).quantile(0.5)).toBe(0);
  });

  it("puts quantiles where they are in sorted values", () => {
    const values = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 37) % 1000) / 10);
    const sorted = values.toSorted((a, b) => a - b);
    for (const quantile of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = sorted[Math.ceil(quantile * 1000) - 1] ?? 0;
      expect(histogramOf(values).quantile(quantile) / exact, `${quantile}`).toBeCloseTo(1, 1);
    }
  });

  it("takes what is out of its range as its ends, and says nothing about nothing", () => {
    expect(histogramOf([-5]).quantile(0.5)).toBe(0);
    expect(histogramOf([1e12]).quantile(0.5)).toBeGreaterThan(2_000_000);
    expect(histogramOf([]).quantile(0.5)).toBeNaN();
  });
});

describe("a spread", () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[9, 1, 5], { median: 5, min: 1, max: 9 }],
    [[4, 1, 2, 10], { median: 3, min: 1, max: 10 }],
  ])("of %j", (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  it("of nothing is refused", () => {
    expect(() => spread([])).toThrow(RangeError);
  });
});
