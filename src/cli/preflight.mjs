// Whether this checkout can run at all, found out in a tenth of a second, before anything fails with a stack trace.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT, toolPath } from "./project.mjs";

/** What wrangler needs. */
const MIN_NODE = [22, 12];
const INSTALL = "run `npm ci` (without --omit=optional or --ignore-scripts)";
const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * The Node to run everything with, or one sentence that says what is wrong and what to do.
 * @returns {{ node: string } | { problem: string }}
 */
export function preflight() {
  if (!isReadable("node_modules")) return { problem: "The packages are not installed: run `npm ci`." };
  const node = findNode();
  if (node === null)
    return {
      problem: `Node ${MIN_NODE.join(".")} or newer is needed and this is ${process.versions.node}: ${INSTALL}, which brings one for this project.`,
    };
  if (!isReadable("node_modules/wrangler/wrangler-dist/cli.js") || !isReadable("node_modules/.bin/wrangler"))
    return { problem: "wrangler, which runs the service, is not installed: run `npm ci`." };
  const packages = createRequire(join(ROOT, "package.json"));
  // Only workerd's own package knows the name of its platform package. Both throw if npm left that one out.
  const problem =
    whyNotRunning("workerd", () => packages("workerd").default) ??
    whyNotRunning("esbuild", () => packages.resolve(`@esbuild/${PLATFORM}/bin/esbuild`));
  return problem === null ? { node } : { problem };
}

/**
 * The Node that runs this, if it is new enough, else the one that the package `node` installs: npm puts that first on
 * PATH, but a program started directly runs on the machine's own.
 */
function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const { stdout, status } = spawnSync(toolPath("node"), ["--version"], { encoding: "utf8" });
  return status === 0 && isNewEnough(stdout.trim().replace(/^v/, "")) ? toolPath("node") : null;
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [needMajor = 0, needMinor = 0] = MIN_NODE;
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/**
 * @param {string} name
 * @param {() => string} locate
 */
function whyNotRunning(name, locate) {
  let path;
  try {
    path = locate();
    accessSync(path, constants.X_OK);
  } catch {
    return `The ${name} binary for ${PLATFORM} is not installed: ${INSTALL}.`;
  }
  const { error, status, stderr } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (status === 0) return null;
  const reason = (error?.message ?? stderr).trim().split("\n")[0];
  return `The ${name} binary does not run here (${reason}): it needs Linux with glibc 2.35 or macOS 13.5, or newer; if this machine has that, ${INSTALL}.`;
}

/** @param {string} path */
function isReadable(path) {
  try {
    accessSync(join(ROOT, path), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
