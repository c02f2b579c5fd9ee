/**
 * What SSE and long poll have in common: they only read. What a client says goes by POST, one after the other, and what
 * comes back is turned into the frames that a WebSocket would have brought.
 */
import type { ClientFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import { type RequestOptions, request } from "./http.ts";
import { type Dial, type Link, type LinkEvents, type Query, type Target, urlOf } from "./link.ts";
import type { TransportName } from "./machine.ts";
import { newTimer, type Timer } from "./timer.ts";
import { claimsOf } from "./token-claims.ts";

const NO_STATUS = 1006;
const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
/** Publishes in one request, and characters of them: half of what a service takes unless it is configured otherwise. */
const MOST_AT_ONCE = 50;
const MOST_CHARACTERS = 256 * 1024;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;

/** Where a frame goes. Of a leave nothing is said over HTTP, and a token is never sent. */
const ENDPOINTS: Readonly<Record<string, readonly [method: string, endpoint: string]>> = {
  publish: ["POST", "messages"],
  signal: ["POST", "signals"],
  presence: ["PUT", "presence"],
};

/** @param read ends with the connection; rejects if something goes wrong with it */
export function dialOverHttp(transport: TransportName, read: (link: HttpLink) => Promise<unknown>): Dial {
  return (target, events, environment) => {
    const link = new HttpLink(transport, target, events, environment);
    read(link).catch((error: unknown) => {
      // What the service did not say itself is never final.
      const { status, code, retryAfter } =
        error instanceof EdgewireError ? error : new EdgewireError("unreachable", "");
      link.over(status === undefined ? NO_STATUS : 4000 + status, code, retryAfter);
    });
    return link;
  };
}

export class HttpLink implements Link {
  readonly transport: TransportName;
  readonly target: Target;
  readonly events: LinkEvents;
  readonly environment: Environment;
  readonly timer: Timer;
  /** Its own connection's name, so that it does not hear what it says itself. */
  connection: string | undefined;
  /** One is a member, as over a WebSocket if the token allows it. What the application itself has said about it stands. */
  #query: Query;
  readonly #abort = new AbortController();
  /** Whether a 401 can mean that the token has ended; to a guest it says that the right is missing. */
  readonly #canEnd: boolean;
  #waiting: ClientFrame[] = [];
  #isAtWork = false;
  /** Publishes in one request: fewer after one that was refused. */
  #most = MOST_AT_ONCE;

  constructor(transport: TransportName, target: Target, events: LinkEvents, environment: Environment) {
    this.transport = transport;
    this.target = target;
    this.events = events;
    this.environment = environment;
    this.timer = newTimer(environment);
    this.#query = { ...target.query, member: target.query.member ?? 1 };
    this.#canEnd = target.token !== null && !claimsOf(target.token).user.startsWith("guest-");
  }

  get isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  close(): void {
    this.timer.cancel();
    this.#waiting = [];
    this.#abort.abort();
  }

  over(code: number, reason: string, retryAfter?: number): void {
    if (!this.isOver) this.events.closed(code, reason, retryAfter);
  }

  ask<Answer>(method: string, endpoint: string, query: Query, more: Partial<RequestOptions> = {}): Promise<Answer> {
    const { origin, path, token } = this.target;
    const url = urlOf({ origin, path, query: { ...query, connection: this.connection } }, endpoint);
    return request(this.environment, method, url, { token, signals: [this.#abort.signal], ...more });
  }

  /** Asks with the options of the connection: as a member, and if the token does not allow that, as one who only watches. */
  async listen<Answer>(endpoint: string, query: Query, more?: Partial<RequestOptions>): Promise<Answer> {
    const ask = () => this.ask<Answer>("GET", endpoint, { ...this.#query, ...query }, more);
    try {
      return await ask();
    } catch (error) {
      if ((error as EdgewireError).status !== FORBIDDEN || this.target.query.member !== undefined) throw error;
      this.#query = this.target.query;
      return ask();
    }
  }

  /** In order: each request waits for the one before. */
  send(frame: ClientFrame): void {
    if (frame.type in ENDPOINTS) this.#waiting.push(frame);
    if (!this.#isAtWork) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    for (let frames = this.#take(); frames.length > 0; frames = this.#take()) await this.#post(frames);
    this.#isAtWork = false;
  }

  /** The next frame; or the publishes that come next, because each on its own would wait for the one before. */
  #take(): ClientFrame[] {
    let count = 1;
    if (this.#waiting[0]?.type === "publish")
      for (let characters = 0; count < this.#most && this.#waiting[count]?.type === "publish"; count++) {
        characters += JSON.stringify(this.#waiting[count]).length;
        if (characters > MOST_CHARACTERS) break;
      }
    return this.#waiting.splice(0, count);
  }

  async #post(frames: ClientFrame[]): Promise<void> {
    const bodies = frames.map(({ type: _type, ref: _ref, ...body }) => body);
    const isMany = frames.length > 1;
    const [method, endpoint] = ENDPOINTS[(frames[0] as ClientFrame).type] as [string, string];
    try {
      const answer = await this.ask<{ results: object[] }>(method, endpoint, {}, { body: isMany ? bodies : bodies[0] });
      this.#most = Math.min(MOST_AT_ONCE, this.#most * 2);
      const results = isMany ? answer.results : [answer];
      for (const [index, { ref }] of frames.entries())
        if (ref !== undefined) this.events.frame({ ...results[index], type: "ack", ref });
    } catch (error) {
      if (this.isOver) return;
      if (error instanceof EdgewireError) this.#refused(frames, error);
      else this.over(NO_STATUS, "an answer that is none");
    }
  }

  #refused(frames: ClientFrame[], { code, message, status, retryable, retryAfter = PAUSE }: EdgewireError): void {
    if (status === UNAUTHENTICATED && this.#canEnd) return this.over(4000 + status, code);
    const [{ type, ref }] = frames as [ClientFrame];
    if (frames.length > 1) {
      this.#most = 1;
      // An array is taken or refused as a whole: one by one it will be seen which of them is wrong.
      if (!retryable) return void this.#waiting.unshift(...frames);
    }
    // Those behind it would overtake it. They are sent again with it, when its time has come.
    if (type === "publish" && retryable) this.#waiting = this.#waiting.filter((frame) => frame.type !== "publish");
    // With a time to come back at it is seen to pass, whatever its code.
    this.events.frame({ type: "error", ref, code, message, retryAfter: retryable ? retryAfter : undefined });
  }
}
