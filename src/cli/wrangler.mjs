// Runs `wrangler dev` with everything that it starts (a second node, two workerd, two esbuild) as one process group,
// so that all of it can be ended together.
import { spawn } from "node:child_process";
import { ROOT, toolEnvironment, toolPath } from "./project.mjs";

/**
 * The shell becomes wrangler, and leaves a watcher in the group that kills it when our end of the pipe closes. The
 * operating system closes that however we die, so that even after `kill -9` no workerd keeps the port.
 */
const GUARDED = 'exec 3<&0 </dev/null; (cat; kill -KILL 0) <&3 >/dev/null 2>&1 & exec 3<&-; exec "$@"';

/** How long the group may take to end by itself, in ms. */
const GRACE = 5_000;
/** How much of what was not shown is kept for the case that it fails, in characters. */
const KEPT = 8_000;

/**
 * @typedef {object} Wrangler
 * @property {Promise<number>} exited resolves with the exit code, however it ended
 * @property {() => void} show from now on its output is shown
 * @property {() => string} unseen the last of what it said before that
 * @property {() => Promise<void>} stop ends every process of the group
 * @property {() => Promise<void>} kill the same with SIGKILL, at once
 */

/**
 * @param {object} options
 * @param {string} options.node the Node to run it with
 * @param {number} options.port
 * @param {string | undefined} options.persistTo
 * @param {string} [options.ip] what to listen on; loopback, unless it is said
 * @param {Record<string, string>} [options.vars] variables of the Worker
 * @param {string} [options.envFile] read instead of .dev.vars
 * @param {boolean} options.verbose everything it says; else only warnings, errors and failed builds
 * @returns {Wrangler}
 */
export function startWrangler({ node, port, persistTo, ip = "127.0.0.1", vars = {}, envFile, verbose }) {
  const args = ["dev", "--ip", ip, "--port", String(port), "--inspector-port", "0"];
  args.push("--show-interactive-dev-session=false", "--log-level", verbose ? "log" : "warn");
  if (persistTo !== undefined) args.push("--persist-to", persistTo);
  if (envFile !== undefined) args.push("--env-file", envFile);
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const child = spawn("/bin/sh", ["-c", GUARDED, "sh", node, toolPath("wrangler"), ...args], {
    cwd: ROOT,
    detached: true, // the leader of its own group; and a Ctrl-C in the terminal reaches only us
    stdio: "pipe",
    env: toolEnvironment(),
  });

  let shown = verbose;
  let unseen = "";
  for (const [from, to] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]))
    from.on("data", (chunk) => {
      if (shown) to.write(chunk);
      else unseen = (unseen + chunk).slice(-KEPT);
    });

  /** @param {NodeJS.Signals} signal */
  const signalGroup = (signal) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  };
  const exited = new Promise((resolve) => {
    child.once("error", (error) => {
      unseen += error.message;
      resolve(1);
    });
    // "close", not "exit": by then the last lines have been read.
    child.once("close", (code) => resolve(code ?? 1));
  });
  return {
    exited,
    show: () => {
      shown = true;
      unseen = "";
    },
    unseen: () => unseen.trim(),
    kill: async () => {
      signalGroup("SIGKILL");
      await exited;
    },
    stop: async () => {
      signalGroup("SIGTERM");
      const escalation = setTimeout(() => signalGroup("SIGKILL"), GRACE);
      await exited;
      clearTimeout(escalation);
      // The leader is gone; what it left behind must not keep the port. One cannot wait for the group to become empty
      // instead: where init reaps late, dead processes stay in it for seconds.
      signalGroup("SIGKILL");
    },
  };
}
