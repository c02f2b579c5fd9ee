/** `npm run simulate -- --seeds 10000`: so many runs; `--seed N`: that one again, with all that happened in it; `--relays`: of them only those over relays. */
import { parseArgs } from "node:util";
import { describe } from "../checker/check.ts";
import { Random } from "../random.ts";
import { type Run, simulate } from "./simulation.ts";
import { scenarioOf } from "./weather.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "500" },
    from: { type: "string", default: "1" },
    history: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    relays: { type: "boolean", default: false },
  },
});

const print = (text: string) => process.stdout.write(`${text}\n`);
process.exitCode =
  values.seed === undefined
    ? await runMany(Number(values.from), Number(values.seeds))
    : await runOne(Number(values.seed));

async function runOne(seed: number): Promise<number> {
  const run = await simulate(seed);
  if (values.history) for (const event of run.history) print(JSON.stringify(event));
  print(JSON.stringify(run.scenario));
  print(reportOf(run));
  return isGood(run) ? 0 : 1;
}

async function runMany(from: number, count: number): Promise<number> {
  const began = performance.now();
  const totals: Record<string, number> = {};
  const faults: Record<string, number> = {};
  const add = (sums: Record<string, number>, name: string, value: number) => {
    sums[name] = (sums[name] ?? 0) + value;
  };
  const bad: number[] = [];
  for (let seed = from; seed < from + count; seed++) {
    if (values.relays && scenarioOf(new Random(seed)).relays === null) continue;
    const run = await simulate(seed);
    add(totals, "steps", run.steps);
    if ((seed - from + 1) % 500 === 0) process.stderr.write(`${seed - from + 1} of ${count} seeds\n`);
    add(totals, run.verdict.verdict, 1);
    if (run.scenario.relays !== null) add(totals, "over relays", 1);
    for (const [name, value] of Object.entries(run.verdict.counts))
      if (typeof value === "number") add(totals, name, value);
    for (const [name, value] of Object.entries(run.verdict.counts.faults)) add(faults, name, value);
    if (isGood(run)) continue;
    bad.push(seed);
    print(`seed ${seed} FAILED; again: npm run simulate -- --seed ${seed}\n${reportOf(run)}`);
    if (!values["keep-going"]) break;
  }
  const minutes = (performance.now() - began) / 60_000;
  print(JSON.stringify({ seeds: count, failed: bad, ...totals, faults }));
  print(`${Math.round(((totals.ok ?? 0) + (totals.unknown ?? 0) + bad.length) / minutes)} seeds a minute`);
  return bad.length > 0 ? 1 : 0;
}

function isGood({ verdict, errors }: Run): boolean {
  return verdict.verdict !== "violated" && errors.length === 0;
}

function reportOf({ verdict, errors, steps }: Run): string {
  return [describe(verdict), `${steps} steps`, ...errors.map((error) => `ERROR ${error}`)].join("\n");
}
