/** What the service of a fault run is configured with: all that waits does so for seconds, and nothing is too fast. */
import type { RunEvent } from "../history.ts";
import { API_KEY, AUTH_SECRET } from "../tokens.ts";

const HEARTBEAT_TIMEOUT = 6000;
const PRESENCE_GRACE = 3000;
const PRESENCE_SWEEP = 1000;
/** ms: longer than any clock is put forward. */
const RETAIN_AGE = 30 * 86_400_000;

export const VARIABLES: Readonly<Record<string, string>> = {
  AUTH_SECRET,
  API_KEY,
  ...Object.fromEntries(
    Object.entries({
      HEARTBEAT_EVERY: 1000,
      HEARTBEAT_TIMEOUT,
      NO_HEARTBEAT_TIMEOUT: 12_000,
      PRESENCE_GRACE,
      POLL_GRACE: 12_000,
      PRESENCE_SWEEP,
      RETAIN_AGE,
      STREAM_COMMENT_EVERY: 1000,
      CONNECTIONS_PER_USER: 10_000,
      PUBLISH_RATE: 0,
      SIGNAL_RATE: 0,
      DENIED_PER_MINUTE: 0,
      ERRORS_PER_MINUTE: 100_000,
    }).map(([name, value]) => [name, String(value)]),
  ),
};

export type Patience = Pick<RunEvent, "slack" | "patience">;

/** ms. The machine has other things to do, and the processes of a run are many. */
export const USUAL: Patience = { slack: 4000, patience: 15_000 };

/** What the checker has to know. Retention is the service's own, but for its age: 10,000 messages, 64 MiB. */
export function runEvent({ slack, patience }: Patience): Omit<RunEvent, "t" | "client"> {
  const retention = { messages: 10_000, age: RETAIN_AGE, bytes: 67_108_864 };
  const presence = { grace: PRESENCE_GRACE, timeout: HEARTBEAT_TIMEOUT, sweep: PRESENCE_SWEEP };
  return { type: "run", retention, slack, patience, ...presence };
}

/** ms after which nobody is a member any more who is not there. */
export const GONE_WITHIN = HEARTBEAT_TIMEOUT + PRESENCE_GRACE + PRESENCE_SWEEP + 2000;
