// .wrangler/edgewire.json says where the service of this checkout runs, so that `npm run join` finds it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./project.mjs";

export const SERVICE_FILE = join(ROOT, ".wrangler/edgewire.json");

/**
 * @param {{ url: string, pid: number }} service
 * @param {string} [path]
 */
export function writeService(service, path = SERVICE_FILE) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(service)}\n`);
}

/**
 * The service that is running, or null; what a killed one left behind does not count.
 * @param {string} [path]
 * @returns {{ url: string, pid: number } | null}
 */
export function readService(path = SERVICE_FILE) {
  try {
    const { url, pid } = JSON.parse(readFileSync(path, "utf8"));
    return typeof url === "string" && Number.isInteger(pid) && isAlive(pid) ? { url, pid } : null;
  } catch {
    return null;
  }
}

/**
 * Removes the file if it is still about `pid`: a second `npm start` may have replaced it.
 * @param {number} pid
 * @param {string} [path]
 */
export function removeService(pid, path = SERVICE_FILE) {
  if (readService(path)?.pid === pid) rmSync(path, { force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
