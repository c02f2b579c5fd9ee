/**
 * What SSE and long poll have in common: they only read. What a client says goes by POST, one after the other, and what
 * comes back is turned into the frames that a WebSocket would have brought.
 */
import type { ClientFrame, PublishFrame, ServerFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import { request } from "./http.ts";
import { type LinkEvents, type Target, urlOf } from "./link.ts";
import { claimsOf } from "./token-claims.ts";

const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
/** Publishes in one request, and characters of them: half of what a service takes unless it is configured otherwise. */
const MOST_AT_ONCE = 50;
const MOST_CHARACTERS = 256 * 1024;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;

/** The close code that says the same as an HTTP refusal; what the service did not say itself is never final. */
export function closeCodeOf(error: unknown): { code: number; reason: string; retryAfter?: number } {
  if (!(error instanceof EdgewireError)) return { code: 1006, reason: "unreachable" };
  const { code: reason, status, retryAfter } = error;
  const code = status === undefined ? 1006 : 4000 + status;
  return retryAfter === undefined ? { code, reason } : { code, reason, retryAfter };
}

/**
 * Asks as a member, as one is over a WebSocket if the token allows it; and if it does not, as one who only watches. What
 * the application itself has said about it stands.
 * @returns the answer, and the options that got it
 */
export async function askAsMember<Answer>(
  query: Readonly<Record<string, string>>,
  ask: (query: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<{ answer: Answer; query: Readonly<Record<string, string>> }> {
  if (query.member !== undefined) return { answer: await ask(query), query };
  const member = { ...query, member: "1" };
  try {
    return { answer: await ask(member), query: member };
  } catch (error) {
    if (!(error instanceof EdgewireError) || error.status !== FORBIDDEN) throw error;
    return { answer: await ask(query), query };
  }
}

export class Poster {
  readonly #target: Target;
  readonly #events: Pick<LinkEvents, "frame" | "closed">;
  readonly #environment: Environment;
  readonly #abort = new AbortController();
  /** Whether a 401 can mean that the token has ended; to a guest it says that the right is missing. */
  readonly #canEnd: boolean;
  #waiting: ClientFrame[] = [];
  #isAtWork = false;
  /** Publishes in one request: fewer after one that was refused. */
  #most = MOST_AT_ONCE;
  /** Its own connection's name, so that it does not hear what it says itself. */
  connection: string | null = null;

  constructor(target: Target, events: Pick<LinkEvents, "frame" | "closed">, environment: Environment) {
    this.#target = target;
    this.#events = events;
    this.#environment = environment;
    this.#canEnd = target.token !== null && !claimsOf(target.token).user?.startsWith("guest-");
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    this.#waiting = [];
    this.#abort.abort();
  }

  /** In order: each request waits for the one before. */
  send(frame: ClientFrame): void {
    if (this.signal.aborted) return;
    this.#waiting.push(frame);
    if (!this.#isAtWork) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    while (this.#waiting.length > 0) await this.#post(this.#take());
    this.#isAtWork = false;
  }

  /** The next frame; or the publishes that come next, because each on its own would wait for the one before. */
  #take(): ClientFrame[] {
    const first = this.#waiting.shift() as ClientFrame;
    const taken = [first];
    if (first.type !== "publish") return taken;
    let characters = JSON.stringify(first).length;
    while (taken.length < this.#most && this.#waiting[0]?.type === "publish") {
      characters += JSON.stringify(this.#waiting[0]).length;
      if (characters > MOST_CHARACTERS) break;
      taken.push(this.#waiting.shift() as ClientFrame);
    }
    return taken;
  }

  async #post(frames: ClientFrame[]): Promise<void> {
    try {
      const answers = await this.#ask(frames);
      this.#most = Math.min(MOST_AT_ONCE, this.#most * 2);
      for (const [index, { ref }] of frames.entries())
        if (!this.signal.aborted && ref !== undefined)
          this.#events.frame({ ...answers[index], type: "ack", ref } as ServerFrame);
    } catch (error) {
      if (this.signal.aborted) return;
      if (error instanceof EdgewireError) this.#refused(frames, error);
      else this.#events.closed(1006, "an answer that is none");
    }
  }

  #refused(frames: ClientFrame[], { code, message, status, retryable, retryAfter }: EdgewireError): void {
    if (status === UNAUTHENTICATED && this.#canEnd) return this.#events.closed(4000 + status, code);
    const [{ type, ref }] = frames as [ClientFrame];
    const isPublish = type === "publish";
    if (frames.length > 1) this.#most = retryable ? Math.ceil(frames.length / 2) : 1;
    // An array is taken or refused as a whole: one by one it will be seen which of them is wrong.
    if (!retryable && frames.length > 1) return void this.#waiting.unshift(...frames);
    // Those behind it would overtake it. They are sent again with it, when its time has come.
    if (isPublish && retryable) this.#waiting = this.#waiting.filter((frame) => frame.type !== "publish");
    if (ref === undefined) return;
    const refusal = { type: "error", ref, code, message } as const;
    // With a time to come back at it is seen to pass, whatever its code.
    this.#events.frame(retryable ? { ...refusal, retryAfter: retryAfter ?? PAUSE } : refusal);
  }

  /** An answer for each. */
  async #ask(frames: ClientFrame[]): Promise<readonly object[]> {
    const [frame] = frames as [ClientFrame];
    const own: Record<string, string> = this.connection === null ? {} : { connection: this.connection };
    const ask = <Answer = object>(method: string, endpoint: string, body: unknown) => {
      const url = urlOf({ ...this.#target, query: {} }, endpoint, own);
      return request<Answer>(this.#environment, method, url, {
        token: this.#target.token,
        body,
        signals: [this.signal],
      });
    };
    switch (frame.type) {
      case "publish": {
        if (frames.length === 1) return [await ask("POST", "messages", draftOf(frame))];
        const drafts = frames.map((each) => draftOf(each as PublishFrame));
        const { results } = await ask<{ results: object[] }>("POST", "messages", drafts);
        if (results.length !== frames.length) throw new Error("an answer that is none");
        return results;
      }
      case "signal":
        return [await ask("POST", "signals", { event: frame.event, data: frame.data, key: frame.key })];
      case "presence":
        return [await ask("PUT", "presence", { data: frame.data })];
      default:
        throw new EdgewireError("bad_request", `"${frame.type}" needs a WebSocket.`);
    }
  }
}

function draftOf({ id, event, data }: PublishFrame): object {
  return { id, event, data };
}
