/**
 * `npm run mutants`: applies each deliberate bug to a copy of the project, and runs what should notice it: the simulation,
 * then the tests that the mutant names. A mutant that survives means that a test is missing. `--only <text>`: those whose
 * names have it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Ended, runNode } from "../../support/run-node.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Seeds of the simulation for one mutant; and ms for each thing that is run. */
const SEEDS = "250";
const PATIENCE = 240_000;

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });

interface Outcome {
  readonly caught: boolean;
  readonly by: string;
}

function run(directory: string, args: readonly string[]): Promise<Ended> {
  // Its output is read here.
  return runNode(args, { cwd: directory, env: { ...process.env, NO_COLOR: "1" }, timeout: PATIENCE });
}

/** Whether the simulation or a test notices it. */
async function hunt(directory: string, tests: readonly string[]): Promise<Outcome> {
  const simulation = await run(directory, ["--no-warnings", "test/fault/simulation/main.ts", "--seeds", SEEDS]);
  if (simulation.code === null) return { caught: true, by: "simulation: it hangs" };
  if (simulation.code !== 0) {
    const rules = new Set(simulation.output.match(/^([IPS][0-9]+|ERROR)(?=:| )/gm));
    const seed = /^seed ([0-9]+) FAILED/m.exec(simulation.output)?.[1];
    if (seed === undefined) throw new Error(`the simulation itself failed:\n${simulation.output.slice(-2000)}`);
    return { caught: true, by: `simulation, seed ${seed}: ${[...rules].join(" ")}` };
  }
  for (const test of tests) {
    const { code, output } = await run(directory, ["node_modules/vitest/vitest.mjs", "run", test]);
    const failed = /Tests\s.*?([0-9]+) failed/.exec(output)?.[1];
    if (code !== 0 && failed === undefined) throw new Error(`${test} could not be run:\n${output.slice(-2000)}`);
    if (code !== 0) return { caught: true, by: `${test}: ${failed} failed` };
  }
  return { caught: false, by: "nothing" };
}

async function tryMutant(directory: string, { file, from, to, tests }: Mutant): Promise<Outcome> {
  const path = join(directory, "src", file);
  const original = readFileSync(path, "utf8");
  if (original.split(from).length !== 2) throw new Error(`src/${file} does not hold that text once: ${from}`);
  try {
    writeFileSync(
      path,
      original.replace(from, () => to),
    );
    return await hunt(directory, tests);
  } finally {
    writeFileSync(path, original);
  }
}

const directory = mkdtempSync(join(tmpdir(), "edgewire-mutants-"));
let [caught, all] = [0, 0];
try {
  for (const name of ["src", "test", "README.md", "package.json", "tsconfig.json", "vitest.config.ts", "wrangler.toml"])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  for (const mutant of MUTANTS.filter(({ name }) => name.includes(values.only))) {
    const outcome = await tryMutant(directory, mutant);
    all++;
    if (outcome.caught) caught++;
    console.log(`${outcome.caught ? "caught  " : "SURVIVED"} ${mutant.name}: by ${outcome.by}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`mutants: ${caught} of ${all} caught`);
if (caught < all) process.exitCode = 1;
