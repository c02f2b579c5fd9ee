/** What the formulas say beside what happened in virtual time. */
import { latencyOf, toListener, way } from "./budget.ts";
import { Delays } from "./delays.ts";
import { flowOf } from "./flow.ts";
import { type Scenario, treeOf } from "./scenario.ts";
import type { Simulated } from "./simulation/course.ts";
import type { Units } from "./unit-costs.ts";

export interface Compared {
  readonly what: string;
  readonly unit: string;
  readonly model: number;
  readonly simulated: number;
  /** The simulation over the model, less 1. */
  readonly off: number;
  /** As far as they may be apart. */
  readonly tolerance: number;
  readonly holds: boolean;
}

/**
 * What the formulas leave out may come to so much: mostly that turns are never nearer to each other than one takes, so that
 * there is less to wait for than they say. Of 12 seeds of the cases in the unit test no figure was off by 8 %; where the room
 * is full (10^7 on one level) p50 is, by 13 %.
 */
const LATENCY = 0.1;
const RATES = 0.08;

export function compare(scenario: Scenario, units: Units, simulated: Simulated): Compared[] {
  // As many messages as there were: that chance made them more or fewer is no fault of the formulas.
  const flow = flowOf({ ...scenario, messagesPerSecond: simulated.messages / simulated.seconds }, units);
  const { budgets } = latencyOf(flow, units);
  const relayed = Delays.mix(budgets.map(({ share, total }) => [share, total] as const));
  const happened = throughout(scenario, simulated);
  const busy = flow.groups.reduce((sum, { group, relayBusy }) => sum + group.relays * relayBusy, 0) / flow.tree.relays;
  const row = (what: string, unit: string, tolerance: number, model: number, of: number): Compared => {
    const off = of / model - 1;
    return { what, unit, model, simulated: of, off, tolerance, holds: Math.abs(off) <= tolerance };
  };
  return [
    row("publish to listener, p50", "ms", LATENCY, relayed.quantile(0.5), happened.quantile(0.5)),
    row("publish to listener, p99", "ms", LATENCY, relayed.quantile(0.99), happened.quantile(0.99)),
    row("publish to listener, mean", "ms", LATENCY, relayed.mean, happened.mean),
    row("the room is busy", "of a core", RATES, flow.roomBusy, simulated.roomBusy),
    row("a relay is busy", "of a core", RATES, busy, simulated.relayBusy),
    row("calls out of the room", "a second", RATES, flow.calls, simulated.calls),
  ];
}

/** From the publisher to the listeners of relays: the ways there, which the simulation leaves out, are the model's. */
export function throughout(scenario: Scenario, { steady }: Simulated): Delays {
  const there = way(scenario, scenario.room, scenario.room).plus(Delays.always(scenario.lastMile));
  return Delays.mix(
    treeOf(scenario).groups.flatMap(({ region, site, listeners }) => {
      const inside = steady.get(region);
      return inside === undefined
        ? []
        : [[listeners, there.plus(inside).plus(toListener(scenario, site, region))] as const];
    }),
  );
}
