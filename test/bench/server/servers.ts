/** The servers of a run of the bench, each started when it is first needed, and ended with the bench. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "../load/job.ts";
import { removeAtExit } from "../machine/cleanup.ts";
import { Configurations, type WorkerdName } from "./configuration.ts";
import { untilIdle } from "./idle.ts";
import { type RunningNode, startNodeServer } from "./node-server.ts";
import { type RunningWorkerd, type StartOptions, startWorkerd, type WorkerOptions } from "./workerd.ts";

export type NodeName = "ws" | "sink";

export class Servers {
  /** Removed with the bench. */
  readonly folder: string;
  readonly #benchFolder: string;
  readonly #inspect: boolean;
  readonly #configurations: Configurations;
  readonly #options = new Map<WorkerdName, Promise<WorkerOptions & { script: string }>>();
  readonly #shared = new Map<string, Promise<RunningWorkerd>>();
  readonly #nodes = new Map<NodeName, Promise<RunningNode>>();
  #started = 0;

  /** @param inspect whether the shared ones have an inspector */
  constructor(benchFolder: string, wranglerToml: string, inspect: boolean) {
    this.#inspect = inspect;
    this.#benchFolder = benchFolder;
    mkdirSync(benchFolder, { recursive: true });
    this.folder = mkdtempSync(path.join(benchFolder, "run-"));
    removeAtExit(this.folder);
    this.#configurations = new Configurations(wranglerToml, path.join(this.folder, "bundles"));
  }

  /** The one of that name that scenarios share. */
  shared(name: WorkerdName): Promise<RunningWorkerd> {
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    // What is billed is counted with objects that sleep.
    const starting = this.fresh(name, { inspect: this.#inspect, keepsObjects: name !== "metered" });
    this.#shared.set(name, starting);
    return starting;
  }

  /**
   * One more, which nothing else has touched: whoever asks for it stops it.
   * @param settings variables that are other than in wrangler.toml
   */
  async fresh(
    name: WorkerdName,
    {
      inspect = false,
      keepsObjects = false,
      settings = {},
    }: Partial<Omit<StartOptions, "folder">> & { settings?: Readonly<Record<string, string>> } = {},
  ): Promise<RunningWorkerd> {
    const options = await this.#optionsOf(name);
    const folder = path.join(this.folder, `${name}-${this.#started++}`);
    mkdirSync(folder);
    return startWorkerd(
      { ...options, bindings: { ...options.bindings, ...settings } },
      { folder, inspect, keepsObjects },
    );
  }

  /** How the load generator reaches a server. */
  targetOf(server: RunningWorkerd, name: WorkerdName): Target {
    const target = { port: server.port, serverPid: server.pid, ...this.#configurations.secrets };
    if (name === "partyserver") return { ...target, dialect: "relay", prefix: "/parties/rooms" };
    return { ...target, dialect: name === "reference" ? "relay" : "edgewire" };
  }

  async target(name: WorkerdName | NodeName): Promise<Target> {
    if (name !== "ws" && name !== "sink") return this.targetOf(await this.shared(name), name);
    let starting = this.#nodes.get(name);
    if (starting === undefined) {
      starting = startNodeServer(fileURLToPath(new URL(`node-${name}.ts`, import.meta.url)));
      this.#nodes.set(name, starting);
    }
    const { port, pid } = await starting;
    const dialect = name === "ws" ? "relay" : "edgewire";
    return { port, serverPid: pid, apiKey: "", authSecret: "", dialect };
  }

  /** Waits until no server that is shared does anything any more, but not for long: a run leaves work behind. */
  async idle(): Promise<void> {
    const running = await Promise.all([...this.#shared.values(), ...this.#nodes.values()]);
    await untilIdle(running.map(({ pid }) => pid));
  }

  /** Edgewire's module, for whoever reads a profile. */
  async writeBundle(): Promise<void> {
    writeFileSync(path.join(this.#benchFolder, "edgewire.js"), (await this.#optionsOf("edgewire")).script);
  }

  /** Ends those that are shared: whoever asks for one next gets a new one. */
  async stop(): Promise<void> {
    const running = [...this.#shared.values()];
    this.#shared.clear();
    await Promise.all(running.map(async (server) => (await server).stop()));
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
