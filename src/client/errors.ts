import type { Code } from "../protocol/codes.ts";

/**
 * After these the same may succeed. Named again, because the table of all codes says much that a client does not need to
 * load; a test compares the two.
 */
const PASSING: readonly string[] = ["heartbeat_timeout", "rate_limited", "internal", "overloaded"] satisfies Code[];

/** What a promise of the SDK is rejected with. `code`: the service's, or one of those that only a client has. */
export class EdgewireError extends Error {
  declare readonly code: Code | "closed" | "outbox_full" | "unreachable" | "unexpected" | (string & {});
  /** Whether the same may succeed later. */
  declare readonly retryable: boolean;
  /** ms until it is worth another try, where the service said so. */
  declare readonly retryAfter: number | undefined;
  /** Of the service's own answer over HTTP. */
  declare readonly status: number | undefined;

  constructor(code: EdgewireError["code"], message: string, retryAfter?: number, status?: number) {
    super(message);
    // A code added after this client was made goes by its status, or by whether there is a time to come back at.
    const seemsToPass =
      status === undefined ? retryAfter !== undefined : isPassing(status) && code !== "not_configured";
    const retryable = seemsToPass || code === "unreachable" || PASSING.includes(code);
    Object.assign(this, { name: "EdgewireError", code, retryable, retryAfter, status });
  }
}

/** Whether a refusal with that HTTP status may be none later. (SPEC GROW-3) */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}
