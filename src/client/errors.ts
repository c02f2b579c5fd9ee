import { CODES, type Code, isCode } from "../protocol/codes.ts";

/** What a promise of the SDK is rejected with. `code`: the service's, or one of those that only a client has. */
export class EdgewireError extends Error {
  readonly code: Code | "closed" | "outbox_full" | "unreachable" | (string & {});
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** ms until it is worth another try, where the service said so. */
  readonly retryAfter: number | undefined;

  constructor(code: EdgewireError["code"], message: string, retryAfter?: number) {
    super(message);
    this.name = "EdgewireError";
    this.code = code;
    this.retryable = isCode(code) ? CODES[code].retryable : code === "unreachable";
    this.retryAfter = retryAfter;
  }
}
