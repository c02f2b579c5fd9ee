import { expect, test } from "vitest";
import type { Outcome, PeerScenario } from "../../bench/peers/scenarios.ts";
import { peersTable } from "../../bench/peers/table.ts";

const scenario = (id: string, isRate: boolean): PeerScenario => {
  return { id, title: id, unit: "ms", isRate, isFresh: false, run: () => Promise.reject(new Error("not run")) };
};
const outcome = (figures: number[], parts: Partial<Outcome> = {}): Outcome => {
  return { figures, generatorCpu: 0.5, serverCpu: 1, faults: [], ...parts };
};

function cells(isRate: boolean, ...runs: Outcome[]): string | undefined {
  const does = { disk: "no", order: "no", resume: "no", once: "no" };
  const table = peersTable([scenario("B1", isRate)], [{ name: "x", version: "1", does, runs: { B1: runs } }]);
  return /^x \(1\) {2}(.*?) {2,}no/m.exec(table)?.[1];
}

test("a figure is the median of its rounds, with how far they reach", () => {
  expect(cells(true, outcome([300]), outcome([100]), outcome([200]))).toBe("200 (100–300)");
  expect(cells(false, outcome([1, 10]), outcome([1, 30]))).toBe("1.00 | 20.0 (10.0–30.0)");
});

test("a rate at which the load generator had no more to give is a lower bound", () => {
  expect(cells(true, outcome([200], { generatorCpu: 0.99 }))).toBe("≥ 200");
  expect(cells(false, outcome([200], { generatorCpu: 0.99 }))).toBe("200");
});

test("a run in which something was lost gives no figure", () => {
  expect(cells(true, outcome([200]), outcome([300], { faults: ["1 missing"] }))).toBe("FAILED");
});
