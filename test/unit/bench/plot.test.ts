import { describe, expect, it } from "vitest";
import { chartsOf, type Result } from "../../bench/plot/curve.ts";
import { logScale, short } from "../../bench/plot/scale.ts";
import { svg } from "../../bench/plot/svg.ts";
import { curve } from "../../bench/scenarios.ts";

const one = (median: number) => ({ median, min: median, max: median });

/** A result of the bench, of made-up figures. */
const result: Result = {
  at: "2026-11-22T10:00:00.000Z",
  machine: { cpu: "A <fast> & wide machine" },
  rounds: 3,
  rows: curve.map((scenario, index) => ({
    id: "curve",
    details: {
      scenario,
      reference: { deliveriesPerSecond: one(50_000), p50: one(2), p99: one(20 + index) },
      edgewire: { deliveriesPerSecond: one(1e6 + index), p50: one(3), p99: one(30) },
    },
  })),
};

describe("the logarithmic axis", () => {
  it("has its ends at powers of ten around the values", () => {
    const { at, ticks } = logScale([30, 400], 100, 300);
    expect(ticks).toEqual([10, 100, 1000]);
    expect([at(10), at(100), at(1000)]).toEqual([100, 200, 300]);
  });

  it.each([
    [0.01, "0.01"],
    [10, "10"],
    [10_000, "10k"],
    [1e6, "1M"],
  ])("writes %d as %s", (value, text) => expect(short(value)).toBe(text));
});

describe("the plot", () => {
  it("draws a point for every figure, in a file that any page can show", () => {
    const text = svg(chartsOf(result), "a & b < c");
    const rates = curve.filter(({ pace }) => "messagesPerSecond" in pace).length;
    expect(text.match(/<circle/g)).toHaveLength(2 * (curve.length - rates) + 4 * rates);
    expect(text).toContain("a &amp; b &lt; c");
    expect(text).toContain("prefers-color-scheme: dark");
    expect(text).not.toMatch(/NaN|undefined|<script/);
    expect(text.length).toBeLessThan(100_000);
  });

  it("says how to get a result that has a curve in it", () => {
    expect(() => chartsOf({ ...result, rows: [] })).toThrow(/npm run bench -- curve/);
  });
});
