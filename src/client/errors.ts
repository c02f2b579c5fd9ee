import type { Code } from "../protocol/codes.ts";

/**
 * Of the codes those after which the same may succeed. Named again, because the table of all says much that a client does
 * not need to load; a test compares the two.
 */
const PASSING: ReadonlySet<string> = new Set<Code>(["heartbeat_timeout", "rate_limited", "internal", "overloaded"]);

/** What a promise of the SDK is rejected with. `code`: the service's, or one of those that only a client has. */
export class EdgewireError extends Error {
  readonly code: Code | "closed" | "outbox_full" | "unreachable" | "unexpected" | (string & {});
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** ms until it is worth another try, where the service said so. */
  readonly retryAfter: number | undefined;
  /** Of the service's own answer over HTTP. */
  readonly status: number | undefined;

  constructor(code: EdgewireError["code"], message: string, retryAfter?: number, status?: number) {
    super(message);
    this.name = "EdgewireError";
    this.code = code;
    this.retryAfter = retryAfter;
    this.status = status;
    // A code added after this client was made goes by its status, or by whether there is a time to come back at.
    this.retryable =
      PASSING.has(code) ||
      code === "unreachable" ||
      (status === undefined ? retryAfter !== undefined : isPassing(status) && code !== "not_configured");
  }
}

/** Whether a refusal with that HTTP status may be none later. (SPEC GROW-3) */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}
