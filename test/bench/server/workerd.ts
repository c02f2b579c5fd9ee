/**
 * Starts a Worker in a workerd of its own, the shortest way there is: through miniflare's API, on a "direct socket".
 *
 * `wrangler dev` puts a second workerd in front (half the throughput, a hop); miniflare's own entry puts a Worker in
 * front (routing, live reload). A direct socket listens in the same workerd and leads straight to the Worker's `fetch`,
 * as the edge does in production. What is left besides is miniflare's Node process, idle while requests run.
 *
 * Objects are stored in SQLite files in a folder on the disk of the checkout, never in /tmp, which may be memory. The
 * fsyncs are real: `strace -f -e trace=fdatasync,fsync -p <pid>` shows them.
 */
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { killAtExit } from "../machine/cleanup.ts";
import { canPin, SERVER_CORE } from "../machine/pinning.ts";

// A CommonJS module without types: the path of the program for this platform.
const { default: workerdProgram } = createRequire(import.meta.url)("workerd") as { default: string };

export type WorkerOptions = Extract<V4MiniflareOptions, { workers: unknown }>["workers"][number];

export interface RunningWorkerd {
  port: number;
  pid: number;
  /** Where the inspector listens, if it was asked for. */
  inspector: URL | null;
  /** Takes an object out of memory, as if it had been idle for long; its sockets stay open. */
  evict(className: string, name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** For this server alone: its storage and its pid file. */
  folder: string;
  /** With an inspector, which costs. */
  inspect: boolean;
  /**
   * Objects stay in memory until they are evicted. workerd would put them away ten seconds after their last use, and to
   * close the databases of a thousand takes its one thread a second, in which a run that has nothing to do with them
   * stands still.
   */
  keepsObjects: boolean;
}

export async function startWorkerd(
  worker: WorkerOptions,
  { folder, inspect, keepsObjects }: StartOptions,
): Promise<RunningWorkerd> {
  const pidFile = path.join(folder, "workerd.pid");
  const pid = (): number | undefined => {
    try {
      return Number(readFileSync(pidFile, "utf8"));
    } catch {
      return undefined;
    }
  };
  const kill = killAtExit(pid);
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(new URL("pinned-workerd.sh", import.meta.url));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.WARN),
      resourcePersistencePath: path.join(folder, "storage"),
      unsafeRuntimeEnv: {
        BENCH_PID_FILE: pidFile,
        BENCH_WORKERD: workerdProgram,
        BENCH_CORE: canPin ? String(SERVER_CORE) : "",
      },
      ...(inspect ? { inspectorPort: 0 } : {}),
      workers: [
        { ...(keepsObjects ? keeping(worker) : worker), unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
      ],
    }),
  );
  await miniflare.ready;
  const id = pid();
  if (id === undefined) throw new Error("workerd wrote no pid");
  return {
    port: Number((await miniflare.unsafeGetDirectURL()).port),
    pid: id,
    inspector: inspect ? await miniflare.getInspectorURL() : null,
    evict: (className, name) => miniflare.unsafeEvictDurableObject(worker.name ?? "", className, { name }),
    async stop() {
      await miniflare.dispose();
      // It has ended, and its pid may become another's.
      rmSync(pidFile);
      kill();
    },
  };
}

function keeping(worker: WorkerOptions): WorkerOptions {
  const classes = Object.entries(worker.durableObjects ?? {}).map(([binding, of]) => [
    binding,
    { ...(typeof of === "string" ? { className: of } : of), unsafePreventEviction: true },
  ]);
  return { ...worker, durableObjects: Object.fromEntries(classes) };
}
