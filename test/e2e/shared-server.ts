import type { TestProject } from "vitest/node";
import { apiKey, authSecret } from "../support/secrets.ts";
import { shareServer } from "../support/share-server.ts";

/** All by default, except that no number of denials is too many: all files together cause more than 600 a minute. */
export default (project: TestProject): Promise<() => Promise<void>> =>
  shareServer(project, { vars: { AUTH_SECRET: authSecret, API_KEY: apiKey, DENIED_PER_MINUTE: "0" } });
