/** From a publish to a listener's screen, step by step, for the listeners of each region. */
import { Delays } from "./delays.ts";
import type { Flow, GroupFlow } from "./flow.ts";
import { REGIONS, type Region, roundTrip } from "./regions.ts";
import { jitterOf, type Scenario } from "./scenario.ts";
import type { Units } from "./unit-costs.ts";

export interface Step {
  readonly what: string;
  readonly delays: Delays;
}

export interface Budget {
  readonly region: Region;
  /** Of the listeners of the room's relays. */
  readonly share: number;
  readonly steps: readonly Step[];
  /** All steps together. */
  readonly total: Delays;
}

/** One way over the network. */
export function way(scenario: Scenario, from: Region, to: Region): Delays {
  const oneWay = roundTrip(from, to) / 2;
  return Delays.always(oneWay).plus(Delays.tail(jitterOf(scenario, oneWay)));
}

/** From a relay to a listener. */
export function toListener(scenario: Scenario, site: Region, region: Region): Delays {
  return way(scenario, site, region).plus(Delays.always(scenario.lastMile));
}

/** @param publisher where messages come from, by the edge to the room */
export function budgetOf(flow: Flow, group: GroupFlow, units: Units, publisher: Region): Budget {
  const { scenario, flush } = flow;
  const { region, site } = group.group;
  const waitFor = ({ idle, cycle }: { idle: number; cycle: number }) =>
    Delays.mix([
      [idle, Delays.always(0)],
      [1 - idle, Delays.between(0, cycle)],
    ]);
  const isTree = group.group.hubs > 0;
  const steps: Step[] = [
    { what: "publisher → edge → room", delays: toListener(scenario, scenario.room, publisher) },
    { what: "its turn at the room", delays: waitFor(flush) },
    { what: "written, and called", delays: Delays.always(Math.max(flow.flushTurn, units.commit)) },
    { what: "the last batch is back", delays: waitFor(group.fromRoom) },
    { what: `room → ${isTree ? "hub" : "relay"}`, delays: way(scenario, scenario.room, site) },
    ...(isTree
      ? [
          { what: "the hub's turn", delays: Delays.always(group.hubTurn) },
          { what: "its last batch is back", delays: waitFor(group.toRelay) },
          { what: "hub → relay", delays: way(scenario, site, site) },
        ]
      : []),
    {
      what: "written, and sent to all",
      delays: Delays.between(group.relayBegins, group.relayTurn).atLeast(units.commit),
    },
    { what: "relay → edge → listener", delays: toListener(scenario, site, region) },
  ];
  const total = steps.reduce((sum, { delays }) => sum.plus(delays), Delays.always(0));
  return { region, share: group.group.listeners / (scenario.listeners - flow.tree.own), steps, total };
}

/** To the listeners whose sockets the room holds: the first who came, from anywhere. */
export function ownBudget(flow: Flow, units: Units, publisher: Region): Delays {
  const { scenario, flush, tree } = flow;
  const wait = Delays.mix([
    [flush.idle, Delays.always(0)],
    [1 - flush.idle, Delays.between(0, flush.cycle)],
  ]);
  return toListener(scenario, scenario.room, publisher)
    .plus(wait)
    .plus(Delays.between(units.row, units.row + tree.own * units.send).atLeast(units.commit))
    .plus(Delays.mix(REGIONS.map((region) => [scenario.world[region], toListener(scenario, scenario.room, region)])));
}

export interface Latency {
  readonly budgets: readonly Budget[];
  /** To everybody. */
  readonly all: Delays;
}

export function latencyOf(flow: Flow, units: Units, publisher: Region = flow.scenario.room): Latency {
  const { scenario, tree } = flow;
  const budgets = flow.groups.map((group) => budgetOf(flow, group, units, publisher));
  const all = Delays.mix([
    [tree.own / scenario.listeners, ownBudget(flow, units, publisher)],
    ...budgets.map(
      ({ share, total }) => [(share * (scenario.listeners - tree.own)) / scenario.listeners, total] as const,
    ),
  ]);
  return { budgets, all };
}
