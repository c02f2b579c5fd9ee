import { inject } from "vitest";
import type { Server } from "../support/server.ts";
import { type Service, useServerOf } from "../support/service.ts";

/** The service that all files here share who do not need one of their own. Nobody may kill it. */
export function useSharedService(): Service {
  const url = inject("sharedServer");
  const never = () => Promise.reject(new Error("other files need it, too"));
  const server: Server = { url, output: "", kill: never, restart: never, stop: never };
  return useServerOf(() => server);
}
