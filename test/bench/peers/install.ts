/** Puts the peers' packages into a folder of their own: they are no part of `npm install`. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
/** Not on the npm registry. The tag has programs for Node 20 to 24. */
const UWEBSOCKETS = "uWebSockets.js@https://github.com/uNetworking/uWebSockets.js/archive/refs/tags/v20.57.0.tar.gz";
const INSTALL_MS = 60_000;
const REACH_MS = 10_000;

/** The version that is installed; null: none. */
export function versionOf(name: string): string | null {
  const file = path.join(folder, "node_modules", name, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : null;
}

/** Why what the lock file says could not be installed; null: it is there. */
export function installPeers(): string | null {
  const installed = path.join(folder, "node_modules/.package-lock.json");
  const lock = path.join(folder, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return null;
  process.stderr.write("Installing the peers, once (npm ci in test/bench/peers) … ");
  const problem = npm(["ci"], INSTALL_MS);
  process.stderr.write(problem === null ? "done\n" : "failed\n");
  return problem && `\`npm ci\` in test/bench/peers failed, which needs the npm registry this once: ${problem}`;
}

/** The same of uWebSockets.js. */
export function installUWebSockets(): string | null {
  if (versionOf("uWebSockets.js") !== null) return null;
  const problem = npm(["install", "--no-save", "--no-package-lock", UWEBSOCKETS], REACH_MS);
  return problem && `it is not on the npm registry, and GitHub could not be reached: ${problem}`;
}

/** Why npm failed, in its words; null: it did not. */
function npm(args: readonly string[], timeout: number): string | null {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--loglevel=error"];
  const { status, stderr, error } = spawnSync("npm", [...args, ...options], { cwd: folder, timeout, encoding: "utf8" });
  if (status === 0) return null;
  const said = stderr.split("\n").filter((line) => line.startsWith("npm error"));
  const reason = said.find((line) => / failed/.test(line)) ?? said[0];
  return reason?.replace(/^npm error (network )?/, "") ?? error?.message ?? `npm ended with ${status}`;
}
