/**
 * `npm run bench`: Edgewire against R, the least a Durable Object can do, under the same workerd in the same minute.
 * Absolute figures drift by 2 on a shared machine; the ratios of neighbouring runs do not. So each scenario is run in
 * rounds (R, Edgewire, R, Edgewire, …), one server under load while the other sleeps, and judged by its ratios.
 *
 * What is measured: scenarios.ts, and measure/ for what takes more than publishing. The servers: server/. The load
 * generator: load/. Exit code 1 if a message was lost, doubled or reordered, or a run could not be made; a missed target
 * is only reported.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canPin } from "./machine/pinning.ts";
import type { Bench, Measurement } from "./measure/bench.ts";
import { connecting } from "./measure/connecting.ts";
import { counting } from "./measure/counting.ts";
import { crowding } from "./measure/crowding.ts";
import { growing } from "./measure/growing.ts";
import { http, requestings, requestOnce } from "./measure/http.ts";
import { idle } from "./measure/idle.ts";
import { followOnce, holding, many } from "./measure/many.ts";
import { publishing, publishOnce } from "./measure/publishing.ts";
import { relays, relaysCut } from "./measure/relays.ts";
import { resuming } from "./measure/resuming.ts";
import { waking } from "./measure/waking.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { type CpuProfile, startProfile } from "./profile/inspector.ts";
import { resultJson, selfTimeTable, table } from "./report.ts";
import type { Row } from "./row.ts";
import { curve, scenarios } from "./scenarios.ts";
import { Servers } from "./server/servers.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const benchFolder = path.join(repository, ".bench");

const measurements: readonly Measurement[] = [
  ...scenarios.map(publishing),
  ...[idle, connecting, http, waking, growing, resuming, counting],
].sort((a, b) => Number.parseInt(a.id.slice(1), 10) - Number.parseInt(b.id.slice(1), 10));

/** Only if they are named: they answer no target, and take as long again as all others. */
const extras: readonly Measurement[] = [...curve.map(publishing), crowding, many, holding, relays, relaysCut];

function selected(ids: readonly string[]): Measurement[] {
  if (ids.length === 0) return [...measurements];
  const all = [...measurements, ...extras];
  const unknown = ids.filter((id) => !all.some((measurement) => measurement.id === id));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(", ")}\n${usage}`);
  return all.filter(({ id }) => ids.includes(id));
}

/** Runs everything and writes the result; returns the rows in which something went wrong. */
async function measureAll(chosen: readonly Measurement[], bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { id, title, needsNewServers, run } of chosen) {
    if (needsNewServers) await bench.servers.stop();
    const start = performance.now();
    process.stderr.write(`${id}  ${title} … `);
    rows.push(...(await run(bench)));
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  }
  writeFileSync(bench.options.json ?? path.join(benchFolder, "result.json"), resultJson(rows, bench.options));
  console.log(table(rows));
  return rows.filter(({ faults }) => faults.length > 0);
}

/** What can be profiled: one run against Edgewire, which pauses when it begins to measure and when it has measured. */
interface Profiled {
  id: string;
  title: string;
  run(bench: Bench, onPause: (pause: number) => Promise<void>): Promise<unknown>;
}

const profiled: readonly Profiled[] = [
  ...scenarios.map((scenario) => ({
    id: scenario.id,
    title: scenario.title,
    run: (bench: Bench, onPause: (pause: number) => Promise<void>) =>
      publishOnce(bench, scenario, "edgewire", "profile", onPause),
  })),
  { id: many.id, title: many.title, run: followOnce },
  ...requestings.map(({ what, title }) => ({
    id: http.id,
    title,
    run: (bench: Bench, onPause: (pause: number) => Promise<void>) => requestOnce(bench, what, "edgewire", onPause),
  })),
];

/**
 * One run of each scenario with the profiler on while it measures, which slows it: only where the time goes is to be read
 * from it. The line numbers are those of .bench/edgewire.js.
 */
async function profileEach(bench: Bench): Promise<void> {
  const { servers, options } = bench;
  const { inspector } = await servers.shared("edgewire");
  if (inspector === null) throw new Error("workerd has no inspector");
  await servers.writeBundle();
  const chosen = profiled.filter(({ id }) => options.ids.length === 0 || options.ids.includes(id));
  for (const [index, { id, title, run }] of chosen.entries()) {
    let stop: (() => Promise<CpuProfile>) | null = null;
    let profile: CpuProfile | null = null;
    await run(bench, async () => {
      if (stop === null) stop = await startProfile(inspector, "edgewire");
      else profile = await stop();
    });
    if (profile === null) throw new Error(`${id} was not measured`);
    const file = path.join(benchFolder, `${id}-${index}.cpuprofile`);
    writeFileSync(file, JSON.stringify(profile));
    console.log(`${id}  ${title}: self time, ${path.relative(repository, file)}\n${selfTimeTable(profile)}\n`);
  }
}

async function main(options: Options): Promise<number> {
  const chosen = selected(options.ids);
  if (!canPin) console.error("Not pinned to cores (no taskset here): the figures will scatter more.");
  const servers = new Servers(benchFolder, options.config, options.profile);
  const bench: Bench = { servers, options };
  let failed: Row[] = [];
  if (options.profile) await profileEach(bench);
  else failed = await measureAll(chosen, bench);
  await servers.stop();
  for (const row of failed) console.error(`\nFAILED  ${row.id}  ${row.title}\n  ${row.faults.join("\n  ")}`);
  return failed.length === 0 ? 0 : 1;
}

Promise.resolve()
  .then(() => main(parseOptions(process.argv.slice(2), path.join(repository, "wrangler.toml"))))
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
