import { expect, test } from "vitest";
import { Plans } from "../../../src/transport/plans.ts";

const PLAN = { weur: [0, 1] };

test("ROUTE-1 a plan holds for 30 s; nothing is known of other rooms", () => {
  const plans = new Plans();
  expect(plans.of("lobby", 0)).toBeNull();
  plans.set("lobby", PLAN, 1000);
  for (const now of [1000, 15_000, 30_999]) expect(plans.of("lobby", now)).toBe(PLAN);
  expect(plans.of("other", 1000)).toBeNull();
});

test("ROUTE-1 of an old plan one asks, and all others go by it until the answer is there", () => {
  const plans = new Plans();
  plans.set("lobby", PLAN, 0);
  expect(plans.of("lobby", 30_000)).toBeNull();
  for (let now = 30_000; now < 35_000; now += 100) expect(plans.of("lobby", now)).toBe(PLAN);
  const next = { weur: [2] };
  plans.set("lobby", next, 34_000);
  expect(plans.of("lobby", 63_999)).toBe(next);
});

test("ROUTE-1 if that answer never comes the next one asks", () => {
  const plans = new Plans();
  plans.set("lobby", PLAN, 0);
  expect([40_000, 40_001, 44_999, 45_000, 45_001].map((now) => plans.of("lobby", now))).toEqual([
    null,
    PLAN,
    PLAN,
    null,
    PLAN,
  ]);
});

test("ROUTE-1 a room that holds connections itself has no plan any more", () => {
  const plans = new Plans();
  plans.set("lobby", PLAN, 0);
  plans.delete("lobby");
  expect(plans.of("lobby", 1)).toBeNull();
});

test("ROUTE-1 of too many rooms the one that was heard of longest ago is forgotten", () => {
  const plans = new Plans(3);
  for (const room of ["a", "b", "c", "a", "d"]) plans.set(room, { weur: [room.charCodeAt(0)] }, 0);
  expect(["a", "b", "c", "d"].map((room) => plans.of(room, 0))).toEqual([
    { weur: [97] },
    null,
    { weur: [99] },
    { weur: [100] },
  ]);
});
