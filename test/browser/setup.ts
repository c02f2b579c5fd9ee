import type { TestProject } from "vitest/node";
import { startDemoServer } from "../support/demo-server.ts";

/** ms: heartbeats at a fifteenth of their pace, so that nobody has to wait for minutes. */
export const HEARTBEAT = { every: 2000, timeout: 6000 };

declare module "vitest" {
  export interface ProvidedContext {
    /** Origin of the one service of all the files here that are about the demo. Its page may kill it. */
    demo: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDemoServer({
    HEARTBEAT_EVERY: String(HEARTBEAT.every),
    HEARTBEAT_TIMEOUT: String(HEARTBEAT.timeout),
    PRESENCE_GRACE: "1000",
    PRESENCE_SWEEP: "1000",
    PUBLISH_RATE: "1000",
    PUBLISH_BURST: "2000",
  });
  project.provide("demo", server.origin);
  return () => server.stop();
}
