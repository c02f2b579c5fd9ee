import type { TestProject } from "vitest/node";
import { apiKey, authSecret } from "../support/secrets.ts";
import { startServer } from "../support/server.ts";
import { commentEvery, grace, kept, keptOfSlow, pollGrace } from "./settings.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Origin of the one server of all the files here that do not kill it: a start costs two seconds. */
    sharedServer: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const rules = [
    { match: "room:few-*", retention: { messages: kept } },
    { match: "room:slow-*", retention: { messages: keptOfSlow } },
  ];
  const server = await startServer({
    vars: {
      AUTH_SECRET: authSecret,
      API_KEY: apiKey,
      CHANNEL_RULES: JSON.stringify(rules),
      PRESENCE_GRACE: String(grace),
      POLL_GRACE: String(pollGrace),
      STREAM_COMMENT_EVERY: String(commentEvery),
    },
  });
  project.provide("sharedServer", server.url);
  return () => server.stop();
}
