/**
 * The Worker in one workerd of its own, with nothing around it: a kill and a start of it take a tenth of a second instead
 * of the three that `wrangler dev` needs, so that a thousand are played in minutes. The configuration is miniflare's, which
 * makes it once; from then on workerd is started with it directly.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { atExit } from "../../../bench/machine/cleanup.ts";
import { Configurations } from "../../../bench/server/configuration.ts";
import { until } from "../../../support/until.ts";
import type { FaultServer } from "./fault-server.ts";

// A CommonJS module without types: the path of the program for this platform.
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };
const WRANGLER_TOML = fileURLToPath(new URL("../../../../wrangler.toml", import.meta.url));
const KEEPER = fileURLToPath(new URL("./keep-config.sh", import.meta.url));

/** ms that a start may take; 100 are usual. */
const PATIENCE = 20_000;
/** ms between SIGTERM and SIGKILL. */
const GRACE = 1000;
const OUTPUT_KEPT = 8000;

interface Running {
  readonly child: ChildProcess;
  port: number;
  hasEnded: boolean;
}

/** @param vars variables of the Worker */
export async function startDirectServer(vars: Readonly<Record<string, string>>): Promise<FaultServer> {
  const home = mkdtempSync(join(tmpdir(), "edgewire-fault-"));
  const remove = atExit(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const config = await configure(home, vars);
  let running: Running | null = null;
  const killAll = atExit(() => signal("SIGKILL"));
  let output = "";

  const signal = (name: NodeJS.Signals) => {
    if (running !== null && !running.hasEnded) running.child.kill(name);
  };
  const launch = (): Running => {
    const args = ["serve", "--binary", "--experimental", "--control-fd=3", "--external-addr=loopback=127.0.0.1:1"];
    const [program, ...rest] = ["setpriv", "--pdeathsig", "KILL", workerd, ...args, "--socket-addr=entry=127.0.0.1:0"];
    const child = spawn(program as string, [...rest, config], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    const started: Running = { child, port: 0, hasEnded: false };
    child.once("exit", () => {
      started.hasEnded = true;
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
      });
    createInterface(child.stdio[3] as Readable).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number };
      if (event === "listen" && socket !== "entry") started.port = port;
    });
    return started;
  };
  const end = async (name: "SIGKILL" | "SIGTERM") => {
    const victim = running;
    if (victim === null) return;
    signal(name);
    running = null;
    // Asked to end it waits for those that are connected, who may stay for ever: as everywhere, it has so long for that.
    const killed = setTimeout(() => victim.child.kill("SIGKILL"), GRACE);
    await until(() => victim.hasEnded, { what: `workerd ends by ${name}`, every: 1 });
    clearTimeout(killed);
  };

  const server: FaultServer = {
    name: "workerd",
    get url() {
      if (running === null || running.port === 0) throw new Error("the server is not running");
      return `http://127.0.0.1:${running.port}`;
    },
    get output() {
      return output;
    },
    signal,
    kill: () => end("SIGKILL"),
    terminate: () => end("SIGTERM"),
    async start() {
      const started = launch();
      running = started;
      await until(() => started.port > 0 || started.hasEnded, {
        what: () => `workerd listens; it said:\n${output}`,
        timeout: PATIENCE,
        every: 1,
      });
      if (started.hasEnded && running === started) throw new Error(`workerd ended; it said:\n${output}`);
    },
    async stop() {
      await end("SIGKILL");
      killAll();
      remove();
    },
  };
  await server.start();
  return server;
}

/** Answers the path of workerd's configuration. */
async function configure(home: string, vars: Readonly<Record<string, string>>): Promise<string> {
  const file = join(home, "config.bin");
  const options = await new Configurations(WRANGLER_TOML, join(home, "bundles")).of("faulty");
  const { TMPDIR } = process.env;
  Object.assign(process.env, { MINIFLARE_WORKERD_PATH: KEEPER, TMPDIR: home });
  try {
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...{ host: "127.0.0.1", port: 0, cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.WARN) },
        resourcePersistencePath: join(home, "storage"),
        unsafeRuntimeEnv: { FAULT_CONFIG: file, FAULT_WORKERD: workerd },
        workers: [
          {
            ...options,
            bindings: { ...options.bindings, ...vars },
            unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          },
        ],
      }),
    );
    await miniflare.ready;
    // Services of its own have folders that it takes away with it, and without which workerd does not start.
    const folders = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isDirectory());
    await miniflare.dispose();
    for (const { parentPath, name } of folders) mkdirSync(join(parentPath, name), { recursive: true });
  } finally {
    delete process.env.MINIFLARE_WORKERD_PATH;
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  return file;
}
