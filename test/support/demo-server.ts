import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlug } from "../../src/cli/demo/plug.mjs";
import { supervise } from "../../src/cli/supervise.mjs";
import { freePort } from "./free-port.ts";
import { apiKey, authSecret } from "./secrets.ts";

export interface DemoServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** What `npm start` runs, without its terminal: the service with its page, which can have it killed and started again. */
export async function startDemoServer(settings: Record<string, string> = {}): Promise<DemoServer> {
  const home = await mkdtemp(join(tmpdir(), "edgewire-demo-"));
  const envFile = join(home, "empty.env");
  await writeFile(envFile, "");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const plug = await startPlug({ isOwnOrigin: (given) => given === origin, plug: () => service.plug() });
  const vars = { ...settings, AUTH_SECRET: authSecret, API_KEY: apiKey, DEMO: "on", DEMO_PLUG: plug.url };
  const service = supervise(
    { node: process.execPath, port, persistTo: join(home, "state"), envFile, vars, verbose: false },
    (code) => console.error(`wrangler dev ended with ${code}:\n${service.unseen()}`),
  );
  const stop = async () => {
    plug.close();
    await service.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  if (await service.healthy()) return { origin, stop };
  await stop();
  throw new Error(`The demo's server does not start:\n${service.unseen()}`);
}
