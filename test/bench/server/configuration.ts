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

export interface Configurations {
  reference: WorkerOptions;
  edgewire: WorkerOptions;
  /** Edgewire's module, whose lines a profile speaks of. */
  bundle: string;
  apiKey: string;
}

/** @param outFolder where the bundle is written */
export async function loadConfigurations(wranglerToml: string, outFolder: string): Promise<Configurations> {
  const { compatibilityDate, compatibilityFlags, ...edgewire } = workerOptions(wranglerToml);
  const runtime = {
    ...(compatibilityDate === undefined ? {} : { compatibilityDate }),
    ...(compatibilityFlags === undefined ? {} : { compatibilityFlags }),
  };
  const apiKey = randomBytes(32).toString("base64url");
  const secrets = { API_KEY: apiKey, AUTH_SECRET: randomBytes(32).toString("base64url") };
  const bundle = await makeBundle(wranglerToml, outFolder);
  return {
    apiKey,
    bundle,
    reference: {
      ...runtime,
      modules: true,
      script: await readFile(new URL("../reference-worker.js", import.meta.url), "utf8"),
      durableObjects: { ROOMS: { className: "ReferenceRoom", useSQLite: true } },
    },
    edgewire: {
      ...runtime,
      ...edgewire,
      modules: true,
      script: bundle,
      bindings: { ...edgewire.bindings, ...secrets },
    },
  };
}

function workerOptions(wranglerToml: string): V4WorkerOptionsShape {
  const config = unstable_readConfig({ config: wranglerToml });
  const workerOptions = unstable_getMiniflareWorkerOptions(config).workerOptions as V4WorkerOptionsShape;
  // The rules are for sources; these are bundled. Assets would put a routing Worker in front of ours.
  const { modulesRules: _rules, assets: _assets, ...options } = workerOptions;
  // Variables as deployed: wrangler mixes in what this machine's .dev.vars says.
  return { ...options, bindings: config.vars as NonNullable<V4WorkerOptionsShape["bindings"]> };
}

/** The module `wrangler deploy` would upload. */
async function makeBundle(wranglerToml: string, outFolder: string): Promise<string> {
  const wrangler = fileURLToPath(import.meta.resolve("wrangler/package.json"));
  const { bin } = JSON.parse(await readFile(wrangler, "utf8")) as { bin: { wrangler: string } };
  const program = path.join(path.dirname(wrangler), bin.wrangler);
  const args = ["deploy", "--dry-run", "--config", wranglerToml, "--outdir", outFolder];
  const running = run(process.execPath, [program, ...args], {
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
