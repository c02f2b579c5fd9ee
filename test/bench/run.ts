/**
 * `npm run bench`: Edgewire against R, the least a Durable Object can do, under the same workerd in the same minute.
 * Absolute figures drift by 2 on a shared machine; the ratios of neighbouring runs do not. So each scenario is run in
 * rounds (R, Edgewire, R, Edgewire, …), one server under load while the other sleeps, and judged by its ratios.
 *
 * Scenarios and what is fair about them: scenarios.ts. The servers: server/. The load generator: load/.
 * Exit code 1 if a message was lost, doubled or reordered, or a run could not be made; a missed target is only reported.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { judge, type Round, type Row } from "./judge.ts";
import { generateLoad } from "./load/generator.ts";
import type { ServerName } from "./load/job.ts";
import { removeAtExit } from "./machine/cleanup.ts";
import { canPin } from "./machine/pinning.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { startProfile } from "./profile/inspector.ts";
import { resultJson, selfTimeTable, table } from "./report.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { loadConfigurations } from "./server/configuration.ts";
import { type RunningWorkerd, startWorkerd, type WorkerOptions } from "./server/workerd.ts";

const WARMUP_SECONDS = 0.7;

const repository = fileURLToPath(new URL("../..", import.meta.url));
const benchFolder = path.join(repository, ".bench");

interface Servers {
  running: Record<ServerName, RunningWorkerd>;
  apiKey: string;
}

async function start(options: Options): Promise<Servers> {
  mkdirSync(benchFolder, { recursive: true });
  const folder = mkdtempSync(path.join(benchFolder, "run-"));
  removeAtExit(folder);
  const { reference, edgewire, bundle, apiKey } = await loadConfigurations(options.config, path.join(folder, "bundle"));
  if (options.profile) writeFileSync(path.join(benchFolder, "edgewire.js"), bundle);
  const startIn = (name: ServerName, worker: WorkerOptions): Promise<RunningWorkerd> => {
    const own = path.join(folder, name);
    mkdirSync(own);
    return startWorkerd({ ...worker, name }, { folder: own, inspect: options.profile });
  };
  return {
    apiKey,
    running: { reference: await startIn("reference", reference), edgewire: await startIn("edgewire", edgewire) },
  };
}

function loadOn(server: ServerName, scenario: Scenario, runName: string, servers: Servers, seconds: number) {
  // Over SSE the reference is Edgewire itself, over WebSocket.
  const { port, pid } = servers.running[scenario.transport === "sse" ? "edgewire" : server];
  const { apiKey } = servers;
  return generateLoad({
    server,
    transport: server === "edgewire" ? scenario.transport : "ws",
    scenario,
    runName,
    port,
    serverPid: pid,
    apiKey,
    warmupSeconds: WARMUP_SECONDS,
    seconds,
  });
}

async function runRounds(scenario: Scenario, name: string, servers: Servers, options: Options): Promise<Row> {
  const rounds: Round[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const run = (server: ServerName) =>
      loadOn(server, scenario, `${name}-${round}-${server}`, servers, options.seconds);
    rounds.push({ reference: await run("reference"), edgewire: await run("edgewire") });
  }
  return judge(scenario, rounds);
}

function selected(options: Options): Scenario[] {
  const unknown = options.ids.filter((id) => !scenarios.some((scenario) => scenario.id === id));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(", ")}\n${usage}`);
  const { window } = options;
  return scenarios
    .filter(({ id }) => options.ids.length === 0 || options.ids.includes(id))
    .map((scenario) =>
      window === null || !("window" in scenario.pace)
        ? scenario
        : { ...scenario, pace: { window: { reference: window, edgewire: window } } },
    );
}

/** Runs everything and writes the result; returns the rows in which something went wrong. */
async function compare(chosen: readonly Scenario[], servers: Servers, options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, scenario] of chosen.entries()) {
    console.error(`${scenario.id}  ${scenario.title} …`);
    rows.push(await runRounds(scenario, `${scenario.id}-${index}`, servers, options));
  }
  writeFileSync(path.join(benchFolder, "result.json"), resultJson(rows, options));
  console.log(table(rows));
  return rows.filter(({ faults }) => faults.length > 0);
}

/**
 * One run of each scenario under the profiler, which slows it: only where the time goes is to be read from it. The line
 * numbers are those of .bench/edgewire.js.
 */
async function profileEach(chosen: readonly Scenario[], servers: Servers, options: Options): Promise<void> {
  const { inspector } = servers.running.edgewire;
  if (inspector === null) throw new Error("workerd has no inspector");
  for (const [index, scenario] of chosen.entries()) {
    const name = `${scenario.id}-${index}`;
    const stop = await startProfile(inspector, "edgewire");
    await loadOn("edgewire", scenario, name, servers, options.seconds);
    const profile = await stop();
    const file = path.join(benchFolder, `${name}.cpuprofile`);
    writeFileSync(file, JSON.stringify(profile));
    console.log(
      `${scenario.id}  ${scenario.title}: self time, ${path.relative(repository, file)}\n${selfTimeTable(profile)}\n`,
    );
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), path.join(repository, "wrangler.toml"));
  const chosen = selected(options);
  if (!canPin) console.error("Not pinned to cores (no taskset here): the figures will scatter more.");
  const servers = await start(options);
  let failed: Row[] = [];
  if (options.profile) await profileEach(chosen, servers, options);
  else failed = await compare(chosen, servers, options);
  await Promise.all(Object.values(servers.running).map((server) => server.stop()));
  for (const row of failed) console.error(`\nFAILED  ${row.id}  ${row.title}\n  ${row.faults.join("\n  ")}`);
  return failed.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
