// `npm run check`: format, lint, types and the sizes of what is loaded. Plain JavaScript, so that it starts on any Node; what
// it runs, runs on the one that preflight finds.
import { spawn } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { preflight } from "../../src/cli/preflight.mjs";
import { ROOT, toolEnvironment, toolPath } from "../../src/cli/project.mjs";

/** Bytes, gzipped: what a cold start has to load. */
const BUNDLE_LIMIT = 95_000;
const BUNDLE = join(ROOT, "dist/worker");

/**
 * @typedef {{ ok: boolean, output: string, note?: string }} Outcome
 * @typedef {{ name: string, run: (node: string) => Promise<Outcome> }} CheckStep
 */

/** @type {CheckStep[]} */
export const TYPES = [
  "tsconfig.json",
  "src/demo/tsconfig.json",
  "test/tsconfig.json",
  "test/browser/tsconfig.json",
  "test/workerd/tsconfig.json",
].map((project) => ({
  name: `types ${project}`,
  run: (node) => runTool(node, "tsc", "-p", project),
}));

/** @type {CheckStep[]} */
export const CHECK = [
  { name: "format, lint", run: (node) => runTool(node, "biome", "check", ".") },
  ...TYPES,
  { name: "bundle", run: bundle },
  { name: "sdk", run: sdk },
  { name: "openapi", run: openapi },
];

/**
 * Runs the steps one after the other, all of them: one line each, and what it said only if it failed.
 * @param {CheckStep[]} steps
 * @returns {Promise<boolean>} whether all are ok
 */
export async function runSteps(steps) {
  const ready = preflight();
  if ("problem" in ready) {
    console.error(ready.problem);
    return false;
  }
  let allOk = true;
  for (const { name, run } of steps) {
    const start = performance.now();
    const { ok, output, note = "" } = await run(ready.node);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name.padEnd(34)}${ok ? "ok    " : "FAILED"} ${seconds.padStart(5)} s  ${note}`.trimEnd());
    if (!ok) console.log(`${output.trimEnd()}\n`);
    allOk &&= ok;
  }
  return allOk;
}

/**
 * @param {string} node
 * @param {string} tool
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
function runTool(node, tool, ...args) {
  return runNode(node, toolPath(tool), ...args);
}

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
function runNode(node, ...args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: toolEnvironment(),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * Builds what a deployment would upload, and weighs it.
 * @param {string} node
 * @returns {Promise<Outcome>}
 */
async function bundle(node) {
  await rm(BUNDLE, { recursive: true, force: true });
  const built = await runTool(node, "wrangler", "deploy", "--dry-run", "--outdir", BUNDLE);
  if (!built.ok) return built;
  const modules = (await readdir(BUNDLE)).filter((name) => !name.endsWith(".map") && !name.endsWith(".md"));
  const contents = await Promise.all(modules.map((name) => readFile(join(BUNDLE, name))));
  const bytes = gzipSync(Buffer.concat(contents)).length;
  const note = `${(bytes / 1000).toFixed(1)} kB gzipped, at most ${BUNDLE_LIMIT / 1000}`;
  if (bytes <= BUNDLE_LIMIT) return { ok: true, output: "", note };
  return { ok: false, output: "The Worker has become too large: look for what was imported last.", note };
}

/**
 * Weighs what a browser would load.
 * @param {string} node
 * @returns {Promise<Outcome>}
 */
async function sdk(node) {
  const { ok, output } = await runNode(node, join(ROOT, "src/cli/sdk/sizes.mjs"));
  return { ok, output: "The SDK has become too large, or cannot be built.", note: output.trim() };
}

/**
 * Lints the document that a deployment would serve.
 * @param {string} node
 * @returns {Promise<Outcome>}
 */
async function openapi(node) {
  const made = await runNode(node, join(ROOT, "src/cli/assets.mjs"));
  if (!made.ok) return made;
  const rules = join(ROOT, "src/cli/openapi/redocly.yaml");
  return runTool(node, "redocly", "lint", "--config", rules, join(ROOT, "dist/assets/openapi.json"));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = (await runSteps(CHECK)) ? 0 : 1;
