// Where the things of this checkout are, for programs that are started from anywhere.
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The secrets of the local service; read by wrangler too. */
export const DEV_VARS = join(ROOT, ".dev.vars");

/**
 * The script behind a command of node_modules/.bin (a symlink to a JavaScript file), to be run by a Node of one's own
 * choice instead of by whatever `#!/usr/bin/env node` finds.
 * @param {string} command
 */
export const toolPath = (command) => join(ROOT, "node_modules/.bin", command);

/**
 * The environment for wrangler and what it starts: this project's Node first, no telemetry, nothing fetched, no log
 * files in the home directory.
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment() {
  return {
    ...process.env,
    PATH: `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    REDOCLY_TELEMETRY: "off",
    REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  };
}
