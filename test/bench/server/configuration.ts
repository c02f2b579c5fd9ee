/**
 * What the two servers run: Edgewire as it would be deployed, and R under the same runtime settings. Dates, flags,
 * bindings and migrations are read from wrangler.toml by wrangler itself, so that nothing is listed twice.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { killAtExit } from "../machine/cleanup.ts";
import type { WorkerOptions } from "./workerd.ts";

const run = promisify(execFile);

export interface Secrets {
  apiKey: string;
  authSecret: string;
}

/** `faulty`: what breaks when it is told to, for the fault runs. */
export type WorkerdName = "reference" | "edgewire" | "metered" | "faulty" | "partyserver";

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const SOURCES = {
  edgewire: null,
  metered: pathOf("metered-worker.js"),
  faulty: pathOf("../../fault/run/server/faulty-worker.js"),
} as const;

export class Configurations {
  readonly secrets: Secrets = { apiKey: randomSecret(), authSecret: randomSecret() };
  readonly #wranglerToml: string;
  readonly #outFolder: string;

  /** @param outFolder where bundles are written */
  constructor(wranglerToml: string, outFolder: string) {
    this.#wranglerToml = wranglerToml;
    this.#outFolder = outFolder;
  }

  /** How to run that Worker. The script of `edgewire` is the module whose lines a profile speaks of. */
  async of(name: WorkerdName): Promise<WorkerOptions & { script: string }> {
    const { compatibilityDate, compatibilityFlags = [], ...edgewire } = workerOptions(this.#wranglerToml);
    const runtime = { ...(compatibilityDate === undefined ? {} : { compatibilityDate }), compatibilityFlags };
    if (name === "reference") {
      const script = await readFile(new URL("../reference-worker.js", import.meta.url), "utf8");
      const durableObjects = {
        ROOMS: { className: "ReferenceRoom", useSQLite: true },
        TABLES: { className: "ReferenceTable", useSQLite: true },
      };
      return { name, ...runtime, modules: true, script, durableObjects };
    }
    if (name === "partyserver") {
      const config = pathOf("../peers/wrangler.toml");
      const date = ["--compatibility-date", compatibilityDate ?? ""];
      const script = await makeBundle(
        config,
        [...date, "--compatibility-flags", ...compatibilityFlags],
        this.#outOf(name),
      );
      const durableObjects = { Rooms: { className: "Rooms", useSQLite: true } };
      return { name, ...runtime, modules: true, script, durableObjects };
    }
    const { apiKey, authSecret } = this.secrets;
    // That users have left is told at once instead of a second later, when the next run, perhaps R's, would have begun.
    const prompt = name === "edgewire" ? { DEPARTURE_DELAY: "0" } : {};
    // One object is measured, unless a run says otherwise.
    const settings = { ...prompt, RELAY_ABOVE: "32768" };
    const flags = name === "metered" ? [...compatibilityFlags, METER_FLAG] : compatibilityFlags;
    return {
      name,
      ...runtime,
      ...edgewire,
      compatibilityFlags: flags,
      modules: true,
      script: await makeBundle(
        this.#wranglerToml,
        [...(SOURCES[name] === null ? [] : [SOURCES[name]]), "--compatibility-flags", ...flags],
        this.#outOf(name),
      ),
      bindings: { ...edgewire.bindings, ...settings, API_KEY: apiKey, AUTH_SECRET: authSecret },
    };
  }

  #outOf(name: WorkerdName): string {
    return path.join(this.#outFolder, name);
  }
}

/** What lets the meter know whose timer fires. */
const METER_FLAG = "nodejs_als";

function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

function workerOptions(wranglerToml: string): V4WorkerOptionsShape {
  const config = unstable_readConfig({ config: wranglerToml });
  const workerOptions = unstable_getMiniflareWorkerOptions(config).workerOptions as V4WorkerOptionsShape;
  // The rules are for sources; these are bundled. Assets would put a routing Worker in front of ours.
  const { modulesRules: _rules, assets: _assets, ...options } = workerOptions;
  // Variables as deployed: wrangler mixes in what this machine's .dev.vars says.
  return { ...options, bindings: config.vars as NonNullable<V4WorkerOptionsShape["bindings"]> };
}

/** The module `wrangler deploy` would upload, but with the names that a profile shows. `options`: of that command, and before them another source if need be. */
async function makeBundle(wranglerToml: string, options: readonly string[], outFolder: string): Promise<string> {
  const wrangler = fileURLToPath(import.meta.resolve("wrangler/package.json"));
  const { bin } = JSON.parse(await readFile(wrangler, "utf8")) as { bin: { wrangler: string } };
  const program = path.join(path.dirname(wrangler), bin.wrangler);
  const args = [program, "deploy", "--dry-run", "--config", wranglerToml, "--outdir", outFolder, "--no-minify"];
  const running = run(process.execPath, [...args, ...options], {
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  const { child } = running;
  const kill = killAtExit(() => (child.exitCode === null ? child.pid : undefined));
  await running;
  kill();
  const modules = (await readdir(outFolder)).filter((name) => /\.(js|mjs|wasm|txt|html|bin)$/.test(name));
  const [module] = modules;
  if (module === undefined || modules.length > 1) throw new Error(`expected one module, wrangler made ${modules}`);
  return readFile(path.join(outFolder, module), "utf8");
}
