import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, refuses } from "./free-port.ts";
import { usedHeap } from "./inspector.ts";
import { relayVariables } from "./relays.ts";
import { until } from "./until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guard = fileURLToPath(new URL("./guard.ts", import.meta.url));
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

/** How long a start or a kill may take, in milliseconds: ten times what two quiet cores need. */
const startTimeout = 40_000;
const killTimeout = 10_000;
/** How much of what the server said is kept for an error, in characters. */
const outputKept = 8_000;

export interface ServerOptions {
  /** Variables and secrets of the Worker. Nothing else reaches it: a developer's .dev.vars is not read. */
  vars?: Record<string, string>;
}

/** A real `wrangler dev` with a state directory of its own. */
export interface Server {
  /** Where it listens now, e.g. `http://127.0.0.1:4321`. Another port after every restart. */
  readonly url: string;
  /** The last that it printed. */
  readonly output: string;
  /** Bytes of JavaScript and buffers that the Worker and its objects still need. */
  heap(): Promise<number>;
  /** SIGKILL to every process of it at once; resolves when the port refuses. The state stays on disk. */
  kill(): Promise<void>;
  /** Sends the signal to every process of it, e.g. SIGSTOP. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, as a deploy would; resolves when all of it has ended. The state stays on disk. */
  terminate(): Promise<void>;
  /** Kills it if it runs, and starts it over the same state on another port. */
  restart(): Promise<void>;
  /** Kills it and removes its state. */
  stop(): Promise<void>;
}

interface Running {
  child: ChildProcess;
  port: number;
  exited: boolean;
}

/** Starts `wrangler dev` and resolves when `/v1/health` answers 200. */
export async function startServer({ vars = {} }: ServerOptions = {}): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), "edgewire-e2e-"));
  // An --env-file keeps wrangler from reading .dev.vars, of which every entry not overridden by --var would count.
  const envFile = join(home, "empty.env");
  await writeFile(envFile, "");
  let output = "";
  let running: Running | undefined;
  let inspectorPort = 0;

  const launch = async (): Promise<Running> => {
    const port = await freePort();
    inspectorPort = await freePort();
    const args = ["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", String(inspectorPort)];
    args.push("--persist-to", join(home, "state"), "--env-file", envFile, "--show-interactive-dev-session=false");
    for (const [name, value] of Object.entries({ ...relayVariables, ...vars })) args.push("--var", `${name}:${value}`);
    const child = spawn(process.execPath, [guard, process.execPath, wrangler, ...args], {
      cwd: root,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", CI: "1" },
    });
    const started: Running = { child, port, exited: false };
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-outputKept);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("exit", () => {
      started.exited = true;
    });
    return started;
  };

  const signal = (name: NodeJS.Signals, to = running) => {
    if (to?.child.pid === undefined) return;
    try {
      process.kill(-to.child.pid, name);
    } catch {
      // The group is gone already.
    }
  };

  const end = async (name: "SIGKILL" | "SIGTERM") => {
    const victim = running;
    if (victim === undefined) return;
    running = undefined;
    signal(name, victim);
    await until(() => victim.exited && refuses(victim.port), {
      what: () => `port ${victim.port} refuses after ${name}; the server said:\n${output}`,
      timeout: killTimeout,
    });
  };
  const kill = () => end("SIGKILL");

  const start = async () => {
    output = "";
    const started = await launch();
    running = started;
    try {
      await until(() => started.exited || isHealthy(started.port), {
        what: () => `wrangler dev answers /v1/health; it said:\n${output}`,
        timeout: startTimeout,
        every: 50,
      });
      if (started.exited) throw new Error(`wrangler dev ended; it said:\n${output}`);
    } catch (error) {
      await kill();
      throw error;
    }
  };

  const stop = async () => {
    await kill();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get url() {
      if (running === undefined) throw new Error("the server is not running");
      return `http://127.0.0.1:${running.port}`;
    },
    get output() {
      return output;
    },
    heap: () => usedHeap(inspectorPort),
    kill,
    signal: (name) => signal(name),
    terminate: () => end("SIGTERM"),
    restart: async () => {
      await kill();
      await start();
    },
    stop,
  };
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/health`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
