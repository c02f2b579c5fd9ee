// .dev.vars: the secrets of the local service, in the format of dotenv, which is how wrangler reads it.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** The service refuses shorter secrets. (Contract, section 2) */
const MIN_SECRET_BYTES = 32;

const LINE = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*)$/;
const QUOTED = /^(["'`])(.*?)\1/;

/**
 * The variables in the text of a .dev.vars file; of a name that occurs twice the last counts.
 * @param {string} text
 * @returns {Map<string, string>}
 */
export function parseDevVars(text) {
  const variables = new Map();
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [, name, raw] = LINE.exec(line) ?? [];
    if (name === undefined || raw === undefined) continue;
    variables.set(name, QUOTED.exec(raw)?.[2] ?? raw.replace(/#.*$/, "").trim());
  }
  return variables;
}

/**
 * Writes `path` with random secrets, readable by its owner only; a file that is there is left alone.
 * @param {string} path
 * @returns {boolean} whether it was made
 */
export function makeDevVars(path) {
  const secret = () => randomBytes(36).toString("base64url");
  const text = [
    "# Made by `npm start`, for this machine only: not in git, and not what a deployment should use.",
    `AUTH_SECRET="${secret()}"`,
    `API_KEY="${secret()}"`,
    "",
  ].join("\n");
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/**
 * The secret that signs new tokens, or one sentence on why there is none. AUTH_SECRET of `environment` goes before
 * that of the file; of several, separated by commas while they rotate, the first.
 * @param {string} path
 * @param {Record<string, string | undefined>} [environment]
 * @returns {{ secret: string } | { problem: string }}
 */
export function signingSecret(path, environment = {}) {
  const place = environment.AUTH_SECRET ? "the environment" : ".dev.vars";
  const value = environment.AUTH_SECRET || readVariables(path)?.get("AUTH_SECRET");
  const secret = value
    ?.split(",")
    .map((part) => part.trim())
    .find((part) => part !== "");
  if (!secret)
    return {
      problem:
        "There is no AUTH_SECRET to sign tokens with: set it in .dev.vars (npm start makes that file if there is none) or in the environment.",
    };
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    return {
      problem: `AUTH_SECRET in ${place} is shorter than ${MIN_SECRET_BYTES} bytes, which the service refuses: take a longer one.`,
    };
  return { secret };
}

/**
 * The variables of the file; undefined without one.
 * @param {string} path
 */
export function readVariables(path) {
  try {
    return parseDevVars(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
