// `npm test`: everything that CI wants to know. First `check`, then the tests (arguments are passed on to vitest), and
// a closing line with their numbers. Plain JavaScript, so that it starts on any Node and can say what is wrong there.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflight } from "../../src/cli/preflight.mjs";
import { ROOT, toolEnvironment, toolPath } from "../../src/cli/project.mjs";
import { CHECK, runSteps } from "./check.mjs";

process.exitCode = await test(process.argv.slice(2));

/** @param {string[]} args */
async function test(args) {
  const ready = preflight();
  if ("problem" in ready) {
    console.error(ready.problem);
    return 1;
  }
  const directory = await mkdtemp(join(tmpdir(), "edgewire-test-"));
  // Node keeps there what it has compiled: `wrangler dev` is started some 50 times, and vitest's workers more often.
  process.env.NODE_COMPILE_CACHE ??= join(directory, "compiled");
  try {
    const checked = await runSteps(CHECK);
    const results = join(directory, "results.json");
    const code = await runVitest(ready.node, [
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${results}`,
      ...args,
    ]);
    if (!checked) console.log("The check before the tests FAILED: see the top.");
    if (!existsSync(results)) {
      console.error(`vitest ended with exit code ${code} and no results.`);
      return code || 1;
    }
    // Errors outside of any test fail the run, too, and are in none of the numbers.
    if (code !== 0) console.log(`vitest ended with exit code ${code}: see above.`);
    console.log(closingLine(JSON.parse(await readFile(results, "utf8"))));
    return code === 0 && checked ? 0 : code || 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function runVitest(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [toolPath("vitest"), "run", ...args], {
      cwd: ROOT,
      stdio: "inherit",
      env: toolEnvironment(),
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/**
 * A file that failed before it had a test, for example in an import, counts as one that failed.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} results vitest's JSON report
 */
function closingLine({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return `${numPassedTests} passed, ${numFailedTests + broken.length} failed, ${numPendingTests + numTodoTests} skipped`;
}
