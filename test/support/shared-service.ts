import { inject } from "vitest";
import type { Server } from "./server.ts";
import { type Service, useServerOf } from "./service.ts";

/** The service that all of the project's files share who do not need one of their own. Nobody may kill it. */
export function useSharedService(): Service {
  const url = inject("sharedServer");
  const never = () => Promise.reject(new Error("other files need it, too"));
  const others = { heap: never, kill: never, restart: never, stop: never, terminate: never, signal: never };
  const server: Server = { url, output: "", ...others };
  return useServerOf(() => server);
}
