import type { TestProject } from "vitest/node";
import { type ServerOptions, startServer } from "./server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Origin of the one server of all the project's files that need none of their own: a start costs two seconds. */
    sharedServer: string;
  }
}

/** Starts a server for all files of a project (see `useSharedService`). For its global setup: what it returns stops it. */
export async function shareServer(project: TestProject, options: ServerOptions): Promise<() => Promise<void>> {
  const server = await startServer(options);
  project.provide("sharedServer", server.url);
  return () => server.stop();
}
