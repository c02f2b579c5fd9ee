/**
 * `npm run scale`: what rooms of 10^3 to 10^7 listeners take, and where they break, by the formulas of this folder; and a
 * million listeners in virtual time, which the formulas are held to. `npm run scale -- measure` measures unit costs here.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PRICES_OF } from "../../../src/demo/prices.ts";
import { positive } from "../options.ts";
import { json } from "../report.ts";
import { hourOf } from "./bill.ts";
import { breaksOf } from "./breaks.ts";
import { latencyOf } from "./budget.ts";
import { compare } from "./compare.ts";
import { flowOf } from "./flow.ts";
import { REGIONS, type Region } from "./regions.ts";
import { DEFAULTS, type Scenario } from "./scenario.ts";
import type { Course, Simulated } from "./simulation/course.ts";
import { simulate } from "./simulation/simulation.ts";
import * as tables from "./tables.ts";
import { UNITS } from "./unit-costs.ts";
import { measureUnits } from "./units/measure.ts";

const USAGE = `npm run scale -- [measure] [options]
  measure            instead: what a call, a row and a send take of the CPU here
  --listeners N      of the tables that are about one size (1000000)
  --rate N           messages a second, likewise (10)
  --fanout N         sockets of a relay (2000)
  --relay-above N    connections the room holds itself (1000)
  --levels 1|2       of relays, for all tables (1, as they are built)
  --room REGION      ${REGIONS.join(", ")} (enam)
  --calls-at-once N  calls the room may have out (any number)
  --stay MINUTES     that a listener stays (30)
  --no-presence      nobody is told how many there are
  --seed N           of the simulation (1)
  --json FILE        all of it in numbers`;

const HOPS = `publisher → edge → room → edge → listener, or … room → relay → edge → listener, or … room → hub → relay → …
turns: of the room, each passing on what has come; a batch has the messages of one relay's last round trip.
room busy at 98 % by its own sockets is no end: turns get longer, batches larger.
$/h messages: published over HTTP, relayed, counted; $/h comings: ${DEFAULTS.stay} minutes each, if --stay does not say otherwise.
`;

/** Seconds of virtual time, and with few messages more: a percentile of some dozen is chance. */
const COURSE = { joinSeconds: 30, warmSeconds: 3 };
const secondsFor = (rate: number) => Math.round(Math.min(600, 60 * Math.max(1, 10 / rate)));
const FAIL_EVERY_SECONDS = 2;

function scenarioOf(values: Readonly<Record<string, string | boolean | undefined>>): Scenario {
  const number = (name: string, otherwise: number) =>
    typeof values[name] === "string" ? positive(name, values[name]) : otherwise;
  const room = (values.room ?? DEFAULTS.room) as Region;
  if (!REGIONS.includes(room)) throw new Error(`no such region: ${room}\n${USAGE}`);
  const levels = number("levels", DEFAULTS.levels);
  if (levels !== 1 && levels !== 2) throw new Error(`--levels has to be 1 or 2\n${USAGE}`);
  return {
    ...DEFAULTS,
    ...{ room, levels, presence: values["no-presence"] !== true },
    listeners: number("listeners", DEFAULTS.listeners),
    messagesPerSecond: number("rate", DEFAULTS.messagesPerSecond),
    fanout: number("fanout", DEFAULTS.fanout),
    relayAbove: number("relay-above", DEFAULTS.relayAbove),
    callsAtOnce: number("calls-at-once", DEFAULTS.callsAtOnce),
    stay: number("stay", DEFAULTS.stay),
  };
}

const heading = (text: string) => console.log(`\n# ${text}\n`);

function show(scenario: Scenario, seed: number): object {
  const [size, rate] = [tables.people(scenario.listeners), scenario.messagesPerSecond];
  const second = { ...scenario, levels: 2 } as const;
  heading("One room: its tree, its load, its latency and what it costs an hour beyond what the plan includes");
  console.log(HOPS);
  console.log(tables.sizesTable(scenario, UNITS));
  if (scenario.levels === 1) {
    heading("The same with a second level: the room calls hubs, they call relays (neither built nor simulated)");
    console.log(tables.sizesTable(second, UNITS));
  }
  heading(
    `From a publish to a listener's screen, ${size} listeners, ${rate} messages a second, the room in ${scenario.room}`,
  );
  console.log(tables.budgetTable(scenario, UNITS));
  heading(`Without relays, and with them above ${scenario.relayAbove} connections, ${rate} messages a second`);
  console.log(tables.oneObjectTable(scenario, UNITS));
  heading(`How many sockets a relay should have, ${size} listeners`);
  console.log(tables.fanoutTable(scenario, UNITS));
  heading(`Where it breaks, at ${rate} messages a second; used at ${size} listeners`);
  const breaks = breaksOf(scenario, UNITS);
  console.log(tables.breaksTable(breaks));
  heading("If calls between objects count as connections, of which six may wait for an answer");
  console.log(tables.connectionsTable(scenario, UNITS));
  heading("Everybody at once");
  console.log(tables.stormTable(scenario, UNITS));
  heading("Ten million people in small rooms");
  console.log(tables.smallRoomsTable(scenario, UNITS));
  const sizes = tables.SIZES.flatMap((listeners) =>
    tables.RATES.map((messagesPerSecond) => figures({ ...scenario, listeners, messagesPerSecond })),
  );
  return {
    scenario,
    sizes,
    breaks: breaks.map(({ bound, ...of }) => ({ limit: bound.what, ...of })),
    ...run(scenario, seed),
  };
}

/** One size, in numbers. */
function figures(scenario: Scenario): object {
  const flow = flowOf(scenario, UNITS);
  const { all, budgets } = latencyOf(flow, UNITS);
  return {
    ...{ listeners: scenario.listeners, messagesPerSecond: scenario.messagesPerSecond },
    ...{ relays: flow.tree.relays, calls: flow.calls, requests: flow.requests, roomBusy: flow.roomBusy },
    ...{ p50: all.quantile(0.5), p99: all.quantile(0.99), dollars: hourOf(flow, UNITS).dollars },
    regions: budgets.map(({ region, total }) => ({ region, p50: total.quantile(0.5), p99: total.quantile(0.99) })),
  };
}

/** The simulation beside the model, and with relays that fail. */
function run(scenario: Scenario, seed: number): object {
  const seconds = secondsFor(scenario.messagesPerSecond);
  heading(`${tables.people(scenario.listeners)} listeners in virtual time, ${seconds} s, against the formulas`);
  // The formulas are of one level, and so is the simulation.
  const tried = { ...scenario, levels: 1 } as const;
  const steady = timed(tried, { seed, ...COURSE, seconds, failEverySeconds: 0 });
  const compared = compare(tried, UNITS, steady);
  console.log(tables.comparedTable(compared));
  heading(`The same with a relay failing every ${FAIL_EVERY_SECONDS} s, its listeners back after a second or two`);
  const failing = timed(tried, { seed, ...COURSE, seconds, failEverySeconds: FAIL_EVERY_SECONDS });
  console.log(tables.comparedTable(compare(tried, UNITS, failing)));
  return {
    compared,
    failing: { failures: failing.failures, deliveries: failing.deliveries, expected: failing.expected },
  };
}

function timed(scenario: Scenario, course: Course): Simulated {
  const start = performance.now();
  const result = simulate(scenario, UNITS, course);
  const { messages, deliveries, expected, events, largestBatch, failures, joining, afterFailure } = result;
  const tail = (what: string, delays: typeof joining) =>
    delays === null
      ? ""
      : `; ${what}: p50 ${Math.round(delays.quantile(0.5))}, p99 ${Math.round(delays.quantile(0.99))} ms`;
  console.log(
    `${messages} messages, ${Math.round(deliveries).toLocaleString("en-US")} deliveries of ${expected.toLocaleString("en-US")} due; ` +
      `${failures} relays failed; ${largestBatch} in the largest batch${tail("to a relay's sends while everybody joins", joining)}` +
      `${tail("what those missed whose relay failed", afterFailure)}. ` +
      `${events.toLocaleString("en-US")} events in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`,
  );
  return result;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        ["listeners", "rate", "fanout", "relay-above", "levels", "room", "calls-at-once", "stay", "seed", "json"].map(
          (name) => [name, { type: "string" } as const],
        ),
      ),
      "no-presence": { type: "boolean" },
    },
  });
  const [what = "model", ...others] = positionals;
  if (others.length > 0 || !["model", "measure"].includes(what)) throw new Error(USAGE);
  const { seed, json: file } = values as { seed?: string; json?: string };
  let result: object;
  if (what === "measure") {
    result = await measureUnits(path.join(fileURLToPath(new URL("../../..", import.meta.url)), ".bench"));
    console.log(result);
  } else {
    result = show(scenarioOf(values), seed === undefined ? 1 : positive("seed", seed));
    heading("What it rests on");
    console.log(tables.sourcesText());
    console.log(`- prices: of ${PRICES_OF} (src/demo/prices.ts); distances between regions: regions.ts`);
  }
  if (file !== undefined) writeFileSync(file, json(result));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
