import type { TestProject } from "vitest/node";
import { apiKey, authSecret } from "../support/secrets.ts";
import { shareServer } from "../support/share-server.ts";
import { commentEvery, grace, kept, keptOfSlow, perUser, pollGrace } from "./settings.ts";

export default (project: TestProject): Promise<() => Promise<void>> => {
  const rules = [
    { match: "room:few-*", retention: { messages: kept } },
    { match: "room:slow-*", retention: { messages: keptOfSlow } },
  ];
  return shareServer(project, {
    vars: {
      AUTH_SECRET: authSecret,
      API_KEY: apiKey,
      CHANNEL_RULES: JSON.stringify(rules),
      CONNECTIONS_PER_USER: String(perUser),
      PRESENCE_GRACE: String(grace),
      POLL_GRACE: String(pollGrace),
      STREAM_COMMENT_EVERY: String(commentEvery),
    },
  });
};
