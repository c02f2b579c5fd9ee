/** The servers of a run of the bench, each started when it is first needed, and ended with the bench. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Target } from "../load/job.ts";
import { removeAtExit } from "../machine/cleanup.ts";
import { cpuSeconds } from "../machine/cpu-time.ts";
import { Configurations, type WorkerdName } from "./configuration.ts";
import { startNodeServer } from "./node-server.ts";
import { type RunningWorkerd, startWorkerd, type WorkerOptions } from "./workerd.ts";

export type NodeName = "ws" | "sink";

const LOOK_EVERY_MS = 100;
/** CPU time between two looks that is none: the clock ticks every 10 ms. */
const IDLE_SECONDS = 0.01;
const MOST_LOOKS = 150;

export class Servers {
  readonly #folder: string;
  readonly #benchFolder: string;
  readonly #inspect: boolean;
  readonly #configurations: Configurations;
  readonly #options = new Map<WorkerdName, Promise<WorkerOptions & { script: string }>>();
  readonly #shared = new Map<string, Promise<RunningWorkerd>>();
  readonly #nodes = new Map<NodeName, Promise<{ port: number; pid: number }>>();
  #started = 0;

  /** @param inspect whether the shared ones have an inspector */
  constructor(benchFolder: string, wranglerToml: string, inspect: boolean) {
    this.#inspect = inspect;
    this.#benchFolder = benchFolder;
    mkdirSync(benchFolder, { recursive: true });
    this.#folder = mkdtempSync(path.join(benchFolder, "run-"));
    removeAtExit(this.#folder);
    this.#configurations = new Configurations(wranglerToml, path.join(this.#folder, "bundles"));
  }

  /** The one of that name that scenarios share. */
  shared(name: WorkerdName): Promise<RunningWorkerd> {
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    const starting = this.fresh(name, this.#inspect);
    this.#shared.set(name, starting);
    return starting;
  }

  /** One more, which nothing else has touched: whoever asks for it stops it. `inspect`: with an inspector, which costs. */
  async fresh(name: WorkerdName, inspect: boolean): Promise<RunningWorkerd> {
    const options = await this.#optionsOf(name);
    const folder = path.join(this.#folder, `${name}-${this.#started++}`);
    mkdirSync(folder);
    return startWorkerd(options, { folder, inspect });
  }

  /** How the load generator reaches a server. */
  targetOf(server: RunningWorkerd, name: WorkerdName): Target {
    const dialect = name === "reference" ? "relay" : "edgewire";
    return { port: server.port, serverPid: server.pid, ...this.#configurations.secrets, dialect };
  }

  async target(name: WorkerdName | NodeName): Promise<Target> {
    if (name !== "ws" && name !== "sink") return this.targetOf(await this.shared(name), name);
    let starting = this.#nodes.get(name);
    if (starting === undefined) {
      starting = startNodeServer(name);
      this.#nodes.set(name, starting);
    }
    const { port, pid } = await starting;
    const dialect = name === "ws" ? "relay" : "edgewire";
    return { port, serverPid: pid, apiKey: "", authSecret: "", dialect };
  }

  /** Waits until no server that is shared does anything any more, but not for long: a run leaves work behind. */
  async idle(): Promise<void> {
    const running = await Promise.all([...this.#shared.values(), ...this.#nodes.values()]);
    const used = () => running.reduce((sum, { pid }) => sum + (cpuSeconds(pid) ?? 0), 0);
    for (let looks = 0, before = used(); looks < MOST_LOOKS; looks++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const now = used();
      if (now - before <= IDLE_SECONDS) return;
      before = now;
    }
  }

  /** Edgewire's module, for whoever reads a profile. */
  async writeBundle(): Promise<void> {
    writeFileSync(path.join(this.#benchFolder, "edgewire.js"), (await this.#optionsOf("edgewire")).script);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#shared.values()].map(async (server) => (await server).stop()));
  }

  #optionsOf(name: WorkerdName): Promise<WorkerOptions & { script: string }> {
    let options = this.#options.get(name);
    if (options === undefined) {
      options = this.#configurations.of(name);
      this.#options.set(name, options);
    }
    return options;
  }
}
