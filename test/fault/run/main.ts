/**
 * `npm run fault`: faults on the real service, with the real SDK and raw clients; the checker reads what they saw. Each
 * scenario once; `--only <texts>`: those with one of them in their name; `--server <text>`: on those servers; `--short`: as
 * in CI; `--long --state <file>`: bigger rounds, again and again for `--minutes`, added up with those of before in that
 * file. `--relays`: relays hold all connections (it needs a file of its own); `--above 3`: those beyond three. `--seed`: the
 * same choices again, but not the same moments: the clock of a real run is nobody's.
 */
import { parseArgs } from "node:util";
import { OVER_RELAYS } from "../../support/relays.ts";
import { Random } from "../random.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import type { Scenario, Size } from "./scenarios/scenario.ts";
import { startDirectServer } from "./server/direct-server.ts";
import { type FaultServer, type ServerName, startWranglerDev } from "./server/fault-server.ts";
import { VARIABLES } from "./settings.ts";
import { Summary } from "./summary.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    only: { type: "string", default: "" },
    server: { type: "string", default: "" },
    short: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    relays: { type: "boolean", default: false },
    above: { type: "string" },
    state: { type: "string" },
    minutes: { type: "string", default: "4" },
  },
});

const print = (text: string) => void process.stdout.write(`${text}\n`);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed ${values.seed} is no whole number`);
const size: Size = values.long ? "long" : values.short ? "short" : "usual";
/** Connections that a room holds itself; null: all. */
const above = values.above ?? (values.relays ? "0" : null);
const variables = { ...VARIABLES, ...(above === null ? {} : { ...OVER_RELAYS, RELAY_ABOVE: above }) };
const summary = new Summary(values.state ?? null);
const servers = new Map<ServerName, Promise<FaultServer>>();
// What hangs in the network still is not waited for.
process.exit(await run());

async function run(): Promise<number> {
  print(`seed ${seed}${above === null ? "" : `, over relays above ${above}`}`);
  const rounds = SCENARIOS.filter(isWanted).flatMap((scenario) =>
    serversOf(scenario).map((server) => ({ scenario, server })),
  );
  if (rounds.length === 0) throw new Error(`no such scenario: ${values.only}`);
  const end = performance.now() + Number(values.minutes) * 60_000;
  let isOk = true;
  const random = new Random(seed);
  try {
    do {
      // The one that was played least comes first: parts add up to all.
      const now = values.long ? rounds.filter(isLeft).sort((a, b) => count(a) - count(b)) : rounds;
      if (values.long) now.splice(1);
      if (now.length === 0) break;
      for (const { scenario, server } of now) isOk = (await play(scenario, server, random.below(2 ** 32))) && isOk;
    } while (values.long && isOk && performance.now() < end);
  } finally {
    for (const server of servers.values()) await (await server).stop();
  }
  print(`\n${summary}`);
  return isOk && summary.isOk ? 0 : 1;
}

function isWanted({ name, sizes, isOverRelays }: Scenario): boolean {
  return (
    sizes[size] > 0 &&
    (above !== null || isOverRelays === undefined) &&
    values.only.split(",").some((part) => name.includes(part))
  );
}

/** In CI only what starts fast; the real `wrangler dev` is killed by other tests there. */
function serversOf({ servers }: Scenario): ServerName[] {
  return servers.filter((server) => (values.short ? server === "workerd" : server.includes(values.server)));
}

function count({ scenario, server }: { scenario: Scenario; server: ServerName }): number {
  return summary.roundsOf(scenario.name, server);
}

function isLeft({ scenario, server }: { scenario: Scenario; server: ServerName }): boolean {
  return !summary.progressOf(scenario.name, server)?.isDone;
}

async function play(scenario: Scenario, name: ServerName, roundSeed: number): Promise<boolean> {
  const server = await serverOf(name);
  const began = performance.now();
  const round = {
    server,
    state: summary.progressOf(scenario.name, name)?.state,
    isLong: values.long,
    isOverRelays: above !== null,
    seed: roundSeed,
    random: new Random(roundSeed),
    size: scenario.sizes[size],
  };
  const outcome = await scenario.play(round);
  summary.add(scenario.name, name, outcome);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const counts = Object.entries(outcome.counts).map(([key, count]) => `${key} ${count}`);
  print(`${scenario.name} on ${name}, ${seconds} s: ${outcome.verdict}; ${counts.join(", ")}`);
  if (outcome.verdict === "ok") return true;
  print(outcome.report);
  print(`seed ${seed}; the history is ${outcome.historyPath}; the server said:\n${server.output}`);
  return false;
}

function serverOf(name: ServerName): Promise<FaultServer> {
  let server = servers.get(name);
  if (server === undefined) {
    server = name === "workerd" ? startDirectServer(variables) : startWranglerDev(variables);
    servers.set(name, server);
  }
  return server;
}
