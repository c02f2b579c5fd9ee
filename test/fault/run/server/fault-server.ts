/** A server that fault runs break: the real `wrangler dev`, or workerd alone. */
import { startServer } from "../../../support/server.ts";

export type ServerName = "wrangler dev" | "workerd";

export interface FaultServer {
  readonly name: ServerName;
  /** Where it listens now; throws while it does not. Another port after every start. */
  readonly url: string;
  /** The last that it printed. */
  readonly output: string;
  /** To all of its processes. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL to all of its processes; resolves when they are gone. The state stays on disk. */
  kill(): Promise<void>;
  /** SIGTERM; the same. */
  terminate(): Promise<void>;
  /** Over the same state. Resolves when it answers; rejects if it is ended before. */
  start(): Promise<void>;
  /** Kills it and removes its state. */
  stop(): Promise<void>;
}

export async function startWranglerDev(vars: Record<string, string>): Promise<FaultServer> {
  const server = await startServer({ vars });
  return {
    name: "wrangler dev",
    get url() {
      return server.url;
    },
    get output() {
      return server.output;
    },
    signal: server.signal,
    kill: server.kill,
    terminate: server.terminate,
    start: server.restart,
    stop: server.stop,
  };
}
