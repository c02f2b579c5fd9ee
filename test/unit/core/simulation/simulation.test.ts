import fc from "fast-check";
import { test } from "vitest";
import { holds } from "../../../support/property.ts";
import { Simulation } from "./simulation.ts";
import { settings, steps } from "./steps.ts";

test("I1 to I8, I10 to I12, I14, P4: whatever happens to a channel, its clients and its disk", () => {
  holds(
    fc.property(settings, steps, (settings, steps) => {
      const simulation = new Simulation(settings);
      for (const step of steps) simulation.take(step);
      simulation.finish();
    }),
    300,
  );
}, 60_000);
