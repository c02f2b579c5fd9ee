import fc from "fast-check";
import { test } from "vitest";
import { holds } from "../../../support/property.ts";
import { Simulation } from "./simulation.ts";
import { scenarios, steps } from "./steps.ts";

const TIMEOUT = 60_000 * Math.max(1, Number(process.env.RUNS ?? 1));

test(
  "I1 to I8, I10 to I12, I14, P4: whatever happens to a channel, its clients and its disk",
  () => {
    holds(
      fc.property(scenarios, steps, (scenario, steps) => {
        const simulation = new Simulation(scenario);
        for (const step of steps) simulation.take(step);
        simulation.finish();
      }),
      400,
    );
  },
  TIMEOUT,
);
