/**
 * Every way to fail, in one table: what HTTP says, how a WebSocket closes, and whether to come back. Used by the
 * service, the SDK and the documents. (SPEC CODE-1)
 */
export interface CodeFacts {
  /** HTTP status. The close code of a WebSocket, where the code closes one, is 4000 + status. */
  readonly status: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
  /** Whether the same request, with the same credentials, may succeed later. */
  readonly retryable: boolean;
}

export const CODES = {
  bad_request: { status: 400, title: "The request is not valid", retryable: false },
  bad_id: { status: 400, title: "The id is not valid", retryable: false },
  bad_cursor: { status: 400, title: "The cursor is not valid", retryable: false },
  bad_json: { status: 400, title: "The body is not valid JSON", retryable: false },
  unauthenticated: { status: 401, title: "Valid credentials are required", retryable: false },
  forbidden: { status: 403, title: "Not permitted", retryable: false },
  not_found: { status: 404, title: "There is nothing here", retryable: false },
  method_not_allowed: { status: 405, title: "The method is not allowed", retryable: false },
  heartbeat_timeout: { status: 408, title: "No sign of life", retryable: true },
  id_conflict: { status: 409, title: "The id is taken by another message", retryable: false },
  gone: { status: 410, title: "The channel was erased", retryable: false },
  too_large: { status: 413, title: "Too large", retryable: false },
  unsupported_media_type: { status: 415, title: "The media type is not supported", retryable: false },
  upgrade_required: { status: 426, title: "A WebSocket handshake is required", retryable: false },
  rate_limited: { status: 429, title: "Too many requests", retryable: true },
  internal: { status: 500, title: "Something failed here", retryable: true },
  overloaded: { status: 503, title: "Overloaded", retryable: true },
  not_configured: { status: 503, title: "The service is not configured", retryable: false },
} as const satisfies Record<string, CodeFacts>;

export type Code = keyof typeof CODES;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}

/** A fault that is told to the one who caused it. `detail` says what was wrong and what to do; never echoes input. */
export interface Failure {
  readonly code: Code;
  readonly detail: string;
  /** ms until it is worth another try, where that is known. */
  readonly retryAfter?: number;
}

export function failure(code: Code, detail: string, retryAfter?: number): Failure {
  return retryAfter === undefined ? { code, detail } : { code, detail, retryAfter };
}

/** RFC 6455's own codes, where the contract uses them. */
export const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;
export const CLOSE_TOO_LARGE = 1009;
export const CLOSE_RESTART = 1012;

/**
 * The code that a client's Close is answered with: its own, if a Close may carry that, or else nobody would be answered.
 * Four stand for what came without a code or without a Close, and are never sent themselves. (RFC 6455, 7.4.1)
 */
export function closeAnswer(code: number): number {
  if (code === 1004 || code === 1005 || code === 1006 || code === 1015) return CLOSE_NORMAL;
  return code >= 1000 && code <= 4999 ? code : CLOSE_PROTOCOL_ERROR;
}

/** The WebSocket close code of a failure: 4 + the HTTP status. */
export function closeCodeOf(code: Code): number {
  return 4000 + CODES[code].status;
}

/** What a client does after a close with `code`. */
export type Comeback = "retry" | "new-token" | "final";

/**
 * What a client does after a WebSocket closed with `code` (unless it left by itself). Of the unknown ones 4400-4499
 * are final, the others come back.
 */
export function comebackAfter(code: number): Comeback {
  if (code === 4401) return "new-token";
  const isFinal = code === CLOSE_TOO_LARGE || (code >= 4400 && code <= 4499 && code !== 4408 && code !== 4429);
  return isFinal ? "final" : "retry";
}
