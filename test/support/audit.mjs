// `node test/support/audit.mjs`: known holes in what a deployment carries (`npm audit --omit=dev`), as the registry knows
// them. Only where one can be asked: not to be able to is said, and is no failure, because everything here works offline.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../src/cli/project.mjs";

/**
 * What `npm audit --json` says.
 * @param {string} output
 * @returns {{ ok: boolean, say: string }}
 */
export function verdictOf(output) {
  const report = parsed(output);
  const found = report?.metadata?.vulnerabilities?.total;
  // Anything else than a report is npm's word for a registry that cannot be reached, or knows of no holes at all.
  if (report?.auditReportVersion === undefined || !Number.isInteger(found))
    return {
      ok: true,
      say: `npm audit: NOT ASKED, no registry could tell (${report?.error?.code ?? report?.message ?? "no report"})`,
    };
  if (found === 0) return { ok: true, say: "npm audit: nothing known against what a deployment carries" };
  const names = Object.entries(report.vulnerabilities ?? {}).map(([name, { severity }]) => `  ${name}: ${severity}`);
  return { ok: false, say: [`npm audit: ${found} known against what a deployment carries`, ...names].join("\n") };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = ["audit", "--omit=dev", "--json", "--fetch-retries=1", "--fetch-timeout=20000"];
  const { stdout } = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8", timeout: 60_000 });
  const { ok, say } = verdictOf(stdout ?? "");
  console.log(say);
  process.exitCode = ok ? 0 : 1;
}
