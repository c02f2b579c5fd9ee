/**
 * What SSE and long poll have in common: they only read. What a client says goes by POST, one after the other, and what
 * comes back is turned into the frames that a WebSocket would have brought.
 */
import { CODES, isCode } from "../protocol/codes.ts";
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import { request } from "./http.ts";
import { type LinkEvents, type Target, urlOf } from "./link.ts";

/** The close code that says the same as an HTTP refusal. */
export function closeCodeOf(error: unknown): { code: number; reason: string; retryAfter?: number } {
  if (!(error instanceof EdgewireError)) return { code: 1006, reason: "unreachable" };
  const code = isCode(error.code) && error.code !== "internal" ? 4000 + CODES[error.code].status : 1006;
  const reason = error.code;
  return error.retryAfter === undefined ? { code, reason } : { code, reason, retryAfter: error.retryAfter };
}

export class Poster {
  readonly #target: Target;
  readonly #events: LinkEvents;
  readonly #environment: Environment;
  readonly #abort = new AbortController();
  #last: Promise<void> = Promise.resolve();
  /** Its own connection's name, so that it does not hear what it says itself. */
  connection: string | null = null;

  constructor(target: Target, events: LinkEvents, environment: Environment) {
    this.#target = target;
    this.#events = events;
    this.#environment = environment;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    this.#abort.abort();
  }

  /** In order: each waits for the one before. */
  send(frame: ClientFrame): void {
    this.#last = this.#last.then(() => this.#post(frame));
  }

  async #post(frame: ClientFrame): Promise<void> {
    if (this.signal.aborted) return;
    try {
      const answer = await this.#ask(frame);
      if (!this.signal.aborted && frame.ref !== undefined)
        this.#events.frame({ type: "ack", ref: frame.ref, ...answer } as ServerFrame);
    } catch (error) {
      if (this.signal.aborted || frame.ref === undefined) return;
      const { code, message, retryAfter } =
        error instanceof EdgewireError ? error : new EdgewireError("unreachable", "The service cannot be reached.");
      const refusal = { type: "error", ref: frame.ref, code, message } as const;
      this.#events.frame(retryAfter === undefined ? refusal : { ...refusal, retryAfter });
    }
  }

  #ask(frame: ClientFrame): Promise<object> {
    const { token } = this.#target;
    const own: Record<string, string> = this.connection === null ? {} : { connection: this.connection };
    const to = (endpoint: string, query: Record<string, string> = {}) =>
      urlOf({ ...this.#target, query: {} }, endpoint, query);
    const ask = (method: string, url: string, body?: unknown) =>
      request<object>(this.#environment, method, url, { token, body, signal: this.signal });
    switch (frame.type) {
      case "publish":
        return ask("POST", to("messages", own), { id: frame.id, event: frame.event, data: frame.data });
      case "signal":
        return ask("POST", to("signals", own), { event: frame.event, data: frame.data, key: frame.key });
      case "presence":
        return ask("PUT", to("presence", own), { data: frame.data });
      default:
        return Promise.reject(new EdgewireError("bad_request", `"${frame.type}" needs a WebSocket.`));
    }
  }
}
