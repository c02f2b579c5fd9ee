/** What the model and the simulation say, as tables for people. */
import { amount, dollars, table } from "../cost/text.ts";
import { hourOf } from "./bill.ts";
import type { Break } from "./breaks.ts";
import { latencyOf } from "./budget.ts";
import type { Compared } from "./compare.ts";
import type { Delays } from "./delays.ts";
import { type Flow, flowOf, LONGEST_WAIT } from "./flow.ts";
import { LIMITS } from "./limits.ts";
import { REGIONS } from "./regions.ts";
import type { Scenario } from "./scenario.ts";
import { smallRooms } from "./small-rooms.ts";
import { joinsASecond, relaysFor, stormOf } from "./storm.ts";
import { UNIT_COSTS, type Units } from "./unit-costs.ts";

export const SIZES = [1e3, 1e4, 1e5, 1e6, 1e7] as const;
export const RATES = [0.1, 1, 10, 100] as const;

export const people = (count: number) => count.toLocaleString("en-US", { maximumSignificantDigits: 3 });
const share = (value: number) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
const ms = (value: number) => `${Math.round(value)} ms`;
const perSecond = (rate: number) => amount(rate * 1000);
const p50and99 = (delays: Delays) => [ms(delays.quantile(0.5)), ms(delays.quantile(0.99))];
const busiest = ({ groups }: Flow) => Math.max(0, ...groups.map(({ relayBusy }) => relayBusy));
/** Batches a second of an average relay. */
function batches({ groups, tree }: Flow): string {
  const all = groups.reduce((sum, { group, toRelay }) => sum + group.relays * toRelay.rate, 0);
  return tree.relays === 0 ? "–" : perSecond(all / tree.relays);
}

/** Every size at every rate. */
export function sizesTable(scenario: Scenario, units: Units): string {
  const rows = SIZES.flatMap((listeners) =>
    RATES.map((messagesPerSecond) => {
      const flow = flowOf({ ...scenario, listeners, messagesPerSecond }, units);
      const { all } = latencyOf(flow, units);
      const { running, visits } = hourOf(flow, units);
      return [
        people(listeners),
        String(messagesPerSecond),
        people(flow.tree.relays),
        flow.tree.hubs === 0 ? "–" : people(flow.tree.hubs),
        perSecond(flow.flush.rate),
        batches(flow),
        amount(flow.calls),
        share(flow.roomBusy),
        share(flow.ownBusy),
        flow.tree.relays === 0 ? "–" : share(busiest(flow)),
        ...p50and99(all),
        dollars(running.dollarsBeyond),
        dollars(visits.dollarsBeyond),
      ];
    }),
  );
  const headings = ["listeners", "msg/s", "relays", "hubs", "turns/s", "batches/s a relay", "calls/s", "room busy"];
  return table([
    [...headings, "its own sockets", "busiest relay", "p50", "p99", "$/h messages", "$/h comings"],
    ...rows,
  ]);
}

/** Step by step to each region. */
export function budgetTable(scenario: Scenario, units: Units): string {
  const { budgets, all } = latencyOf(flowOf(scenario, units), units);
  const steps = budgets[0]?.steps.map(({ what }) => what) ?? [];
  return table([
    ["mean ms of each step", ...budgets.map(({ region }) => region)],
    ...steps.map((what, at) => [what, ...budgets.map((budget) => amount(budget.steps[at]?.delays.mean ?? Number.NaN))]),
    ["p50", ...budgets.map(({ total }) => ms(total.quantile(0.5)))],
    ["p99", ...budgets.map(({ total }) => ms(total.quantile(0.99)))],
    ["p99, from the farthest publisher", ...farthest(scenario, units)],
    ["share of the listeners", ...budgets.map((budget) => share(budget.share))],
  ]).concat(`\nAll listeners: p50 ${ms(all.quantile(0.5))}, p99 ${ms(all.quantile(0.99))}.`);
}

function farthest(scenario: Scenario, units: Units): string[] {
  const flow = flowOf(scenario, units);
  const from = REGIONS.map((publisher) => latencyOf(flow, units, publisher).budgets);
  return flow.groups.map((_, at) => ms(Math.max(...from.map((budgets) => budgets[at]?.total.quantile(0.99) ?? 0))));
}

/** The same crowd in one object, and over relays. */
export function oneObjectTable(scenario: Scenario, units: Units): string {
  const rows = [1000, 2000, 5000, 10_000, 20_000, 30_000].map((listeners) => {
    const cases = [
      flowOf({ ...scenario, listeners, relayAbove: listeners }, units),
      flowOf({ ...scenario, listeners }, units),
    ];
    return [
      people(listeners),
      ...cases.flatMap((flow) => [
        share(flow.roomBusy),
        ...p50and99(latencyOf(flow, units).all),
        dollars(hourOf(flow, units).dollars),
      ]),
    ];
  });
  const of = (what: string) => ["busy", "p50", "p99", "$/h"].map((column) => `${what} ${column}`);
  return table([["listeners", ...of("one object:"), ...of("relays:")], ...rows]);
}

/** By how a room of a million is cut. */
export function fanoutTable(scenario: Scenario, units: Units): string {
  const rows = [500, 1000, 2000, 5000, 10_000].map((fanout) => {
    const flow = flowOf({ ...scenario, fanout }, units);
    const { all } = latencyOf(flow, units);
    return [
      people(fanout),
      people(flow.tree.relays),
      batches(flow),
      share(busiest(flow)),
      share(flow.roomBusy),
      ...p50and99(all),
      dollars(hourOf(flow, units).running.dollarsBeyond),
    ];
  });
  return table([
    ["sockets a relay", "relays", "batches/s", "busiest relay", "room busy", "p50", "p99", "$/h messages"],
    ...rows,
  ]);
}

/** If only six calls may be out. */
export function connectionsTable(scenario: Scenario, units: Units): string {
  const cases = SIZES.slice(1).flatMap((listeners) => ([1, 2] as const).map((levels) => ({ listeners, levels })));
  const rows = cases.map(({ listeners, levels }) => {
    const callsAtOnce = LIMITS.connectionsAtOnce.value;
    const limited = flowOf({ ...scenario, listeners, levels, callsAtOnce }, units);
    const calls = amount(flowOf({ ...scenario, listeners, levels }, units).callsOut);
    const isServed = limited.wait < LONGEST_WAIT;
    const latency = isServed ? p50and99(latencyOf(limited, units).all) : ["minutes", "minutes"];
    return [people(listeners), String(levels), calls, isServed ? batches(limited) : "–", ...latency];
  });
  return table([["listeners", "levels", "calls out, unlimited", "batches/s a relay, of 6", "p50", "p99"], ...rows]);
}

export function breaksTable(breaks: readonly Break[]): string {
  return table([
    ["limit", "kind", "at most", "used", "", "allows listeners"],
    ...[...breaks]
      .sort((a, b) => a.listeners - b.listeners)
      .map(({ bound, used, listeners }) => [
        bound.what,
        bound.kind,
        `${amount(bound.most)} ${bound.unit}`,
        amount(used),
        share(used / bound.most),
        listeners === Number.POSITIVE_INFINITY ? "any" : people(listeners),
      ]),
  ]);
}

const STORM_SECONDS = 10;

export function stormTable(scenario: Scenario, units: Units): string {
  const rows = [1e4, 1e5, 1e6].flatMap((joins) =>
    [0, 8, null].map((known) => {
      const { relays, perObject, load, seconds } = stormOf(scenario, units, joins, STORM_SECONDS, known);
      return [
        people(joins),
        known === null ? `${people(relays)} (all)` : people(relays),
        amount(perObject),
        share(load),
        `${amount(seconds)} s`,
        people(relaysFor(units, joins, STORM_SECONDS)),
      ];
    }),
  );
  return table([
    [
      `joins in ${STORM_SECONDS} s`,
      "relays known",
      "joins/s at one",
      "of what it takes",
      "all in after",
      "relays needed",
    ],
    ...rows,
  ]).concat(`\nAn object takes ${amount(joinsASecond(units))} joins a second.`);
}

export function smallRoomsTable(scenario: Scenario, units: Units): string {
  const rows = [0.001, 0.01, 0.1, 1].map((messagesPerSecond) => {
    const room = { people: 1e7, each: 20, messagesPerSecond, stay: scenario.stay };
    const { rooms, messages, deliveries, busy, bill, dollarsPerPersonAndMonth } = smallRooms(room, units);
    return [
      `${people(rooms)} rooms of 20`,
      String(messagesPerSecond),
      people(messages),
      people(deliveries),
      share(busy),
      dollars(bill.dollarsBeyond),
      `$${dollarsPerPersonAndMonth.toFixed(4)}`,
    ];
  });
  return table([
    [
      "ten million people",
      "msg/s a room",
      "msg/s",
      "deliveries/s",
      "a room is busy",
      "$/h",
      "$ a person online, month",
    ],
    ...rows,
  ]);
}

export function comparedTable(compared: readonly Compared[]): string {
  return table([
    ["", "unit", "model", "simulated", "off by", "may be", ""],
    ...compared.map(({ what, unit, model, simulated, off, tolerance, holds }) => [
      what,
      unit,
      amount(model),
      amount(simulated),
      `${off > 0 ? "+" : ""}${(off * 100).toFixed(1)} %`,
      `± ${(tolerance * 100).toFixed(0)} %`,
      holds ? "" : "DIFFERS",
    ]),
  ]);
}

export function sourcesText(): string {
  return [
    ...Object.values(UNIT_COSTS).map(
      ({ what, value, unit, from, how }) => `- ${what}: ${value} ${unit}, ${from} (${how})`,
    ),
    ...Object.values(LIMITS).map(({ what, value, kind, source }) => `- ${what}: ${people(value)}, ${kind} (${source})`),
  ].join("\n");
}
