/** The plan of the cuts comes to every position once, in whatever parts it is played, and says so only then. */
import { expect, test } from "vitest";
import { DIRECTIONS, Plan, type Position, WAYS } from "../../fault/run/scenarios/positions/plan.ts";

const nameOf = ({ way, direction, bytes }: Position) => `${way} ${direction} ${bytes}`;

/** A plan for sessions of these lengths. */
function planOf(up: number, down: number, state: unknown = null): Plan {
  const plan = new Plan(state);
  for (const way of WAYS) plan.measured(way, { up, down });
  return plan;
}

test("every position from the first byte to behind the last, once, over rounds whose state is kept as JSON", () => {
  const played: string[] = [];
  let plan = planOf(70, 200);
  for (let round = 0; !plan.isDone && round < 100; round++) {
    plan = planOf(70, 200, JSON.parse(JSON.stringify(plan.state)));
    for (const position of plan.next(100)) {
      played.push(nameOf(position));
      plan.played(position, true);
    }
  }
  const all = WAYS.flatMap((way) =>
    DIRECTIONS.flatMap((direction) =>
      Array.from({ length: direction === "up" ? 71 : 201 }, (_, bytes) => nameOf({ way, direction, bytes })),
    ),
  );
  expect(played.sort()).toEqual(all.sort());
  expect(plan.text).toContain(`${all.length} of ${all.length} positions played: ALL`);
});

test("a position whose session was over before it is tried again, and counted as beyond the end at last", () => {
  const plan = planOf(9, 9);
  const last = ({ bytes }: Position) => bytes === 9;
  let tries = 0;
  for (; !plan.isDone && tries < 20; tries++)
    for (const position of plan.next(1000)) plan.played(position, !last(position));
  expect(tries).toBe(4);
  expect(plan.text).toContain("10 of 10 positions played (9 cut, 1 beyond the end of sessions)");
});

test("a longer session than all before has positions that are left", () => {
  const plan = planOf(5, 5);
  for (const position of plan.next(1000)) plan.played(position, true);
  expect(plan.isDone).toBe(true);
  plan.measured("read ws", { up: 5, down: 8 });
  expect(plan.isDone).toBe(false);
  expect(plan.next(1000).map(nameOf)).toEqual([6, 7, 8].map((bytes) => `read ws down ${bytes}`));
});
