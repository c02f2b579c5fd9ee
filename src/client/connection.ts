/**
 * One connection: one transport, one state, one token. It dials, comes back, and changes over to a better one or to a
 * fresh token while the old one holds; what the frames mean is its subscription's business.
 */
import { comebackAfter } from "../protocol/codes.ts";
import type { ClientFrame, ServerFrame, WelcomeFrame } from "../protocol/frames.ts";
import { Attempt, type AttemptOptions, type End } from "./attempt.ts";
import { cameThrough, cameToNothing, current, type Ladder, ladderOf, returned } from "./ladder.ts";
import { type Action, type ConnectionEvent, type ConnectionState, next, START, type TransportName } from "./machine.ts";
import { Timers } from "./timers.ts";

/** What the connection is for. */
export interface Subscriber {
  /** The options of the next connection: `after` among them, once something was heard. */
  query(): Record<string, string>;
  /** Whether a welcome fits; only then it is taken. */
  fits(welcome: WelcomeFrame): boolean;
  /** False: it makes no sense, and the connection is not to be believed. */
  frame(frame: ServerFrame): boolean;
  stateChanged(state: ConnectionState): void;
}

export interface ConnectionOptions extends AttemptOptions {
  readonly transports: readonly TransportName[];
  /** Whether another token can be had than the one that is refused. */
  readonly hasOtherTokens: boolean;
}

const REMEMBERED = "edgewire.transport";
/** ms before the end of a token that a fresh one is sent; and between two tries, however short its life. */
const RENEWAL = 30_000;
const LEAST_RENEWAL = 5000;
/** No message's id, which are ASCII, so that its answer is told from theirs. */
const RENEWAL_REF = "→ token";

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #subscriber: Subscriber;
  readonly #timers: Timers;
  readonly #abort = new AbortController();
  readonly #forgetWake: () => void;
  #state: ConnectionState = START.state;
  #ladder: Ladder;
  /** Null: none, or the next is waited for. */
  #attempt: Attempt | null = null;
  /** Is to take the place of `#attempt`, once it is welcome. */
  #successor: Attempt | null = null;
  /** ms by which the service's clock is ahead of ours. */
  #ahead = 0;

  constructor(options: ConnectionOptions, subscriber: Subscriber) {
    this.#options = options;
    this.#subscriber = subscriber;
    const { environment, transports } = options;
    this.#timers = new Timers(environment);
    this.#ladder = ladderOf(transports, environment.storage?.getItem(REMEMBERED) ?? null, environment.now());
    this.#forgetWake = environment.onWake(() => {
      this.#happened({ type: "wake" });
      this.#attempt?.ping();
      // Perhaps it is in another network by now, which lets more through.
      if (this.#ladder.at > 0) this.#changeOver(transports[0] as TransportName);
    });
    this.#act(START.action);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** False: it is not connected, and nothing was sent. */
  send(frame: ClientFrame): boolean {
    if (this.#state.name !== "connected" || this.#attempt === null) return false;
    this.#attempt.send(frame);
    return true;
  }

  /** For good. Nothing is called back after this. */
  close(): void {
    this.#happened({ type: "close" });
  }

  /** Does not do what it should: begin again from what is known. */
  distrust(reason: string): void {
    this.#attempt?.fail(reason);
  }

  #happened(event: ConnectionEvent): void {
    const { now, random } = this.#options.environment;
    const before = this.#state;
    const { state, action } = next(before, event, now(), random());
    this.#state = state;
    if (state.name === "closed" && before.name !== "closed") this.#end();
    this.#act(action);
    if (state !== before) this.#subscriber.stateChanged(state);
  }

  #act(action: Action | null): void {
    if (action?.do === "dial") this.#dial();
    else if (action?.do === "wait") this.#timers.later("due", action.ms, () => this.#happened({ type: "due" }));
  }

  #end(): void {
    this.#hangUp();
    this.#timers.clear();
    this.#abort.abort();
    this.#forgetWake();
  }

  #hangUp(): void {
    this.#attempt?.close();
    this.#successor?.close();
    this.#attempt = this.#successor = null;
    for (const name of ["renewal", "return"]) this.#timers.cancel(name);
  }

  #dial(): void {
    this.#timers.cancel("due");
    this.#attempt = this.#attemptOver(current(this.#ladder));
  }

  #attemptOver(transport: TransportName): Attempt {
    const attempt: Attempt = new Attempt(transport, this.#options, {
      query: () => this.#subscriber.query(),
      frame: (frame) => {
        if (frame.type === "welcome" && !this.#welcome(frame, attempt)) return false;
        // The application may have closed it meanwhile, and then hears nothing any more.
        return attempt !== this.#attempt || this.#take(frame);
      },
      over: (end) => {
        if (attempt === this.#attempt) this.#lost(end);
        else this.#successor = null;
      },
    });
    return attempt;
  }

  #take(frame: ServerFrame): boolean {
    const acks = frame.type === "ack" ? [frame] : frame.type === "acks" ? frame.acks : [];
    for (const ack of acks) if (ack.ref === RENEWAL_REF) this.#renewed(ack);
    return this.#subscriber.frame(frame);
  }

  /** Whoever says welcome is from now on the connection. */
  #welcome(welcome: WelcomeFrame, attempt: Attempt): boolean {
    if (!this.#subscriber.fits(welcome)) return false;
    const { transport } = attempt;
    if (attempt === this.#successor) {
      this.#attempt?.close();
      this.#attempt = attempt;
      this.#successor = null;
    }
    const { environment, transports } = this.#options;
    const now = environment.now();
    const isBest = transport === transports[0];
    this.#ladder = isBest ? returned(this.#ladder, true, now) : cameThrough(this.#ladder);
    environment.storage?.setItem(REMEMBERED, transport);
    this.#ahead = welcome.at - now;
    this.#renewBefore(welcome.expires);
    this.#returnLater();
    this.#happened({ type: "welcome", transport });
    return true;
  }

  #lost({ isSilent, ...why }: End): void {
    const { hasOtherTokens } = this.#options;
    this.#hangUp();
    if (isSilent) void this.#blame();
    this.#happened({ type: "lost", ...why, isLastToken: comebackAfter(why.code) === "new-token" && !hasOtherTokens });
  }

  /** A dial came to nothing: that is the transport's fault only if the service can be reached without it. */
  async #blame(): Promise<void> {
    const { environment, origin } = this.#options;
    const ladder = this.#ladder;
    try {
      const { request } = await import("./http.ts");
      const url = `${origin().replace(/\/$/, "")}/v1/health`;
      const answer = await request<{ status?: unknown } | null>(environment, "GET", url, {
        token: null,
        signals: [this.#abort.signal],
      });
      if (answer?.status === "ok" && ladder === this.#ladder) this.#ladder = cameToNothing(ladder, environment.now());
    } catch {
      // Nothing comes through: the network's fault, or the service's.
    }
  }

  // ---- a fresh token

  /** @param expires by the service's clock, ms; null: never */
  #renewBefore(expires: number | null): void {
    this.#timers.cancel("renewal");
    if (expires === null || !this.#options.hasOtherTokens) return;
    const ms = expires - this.#ahead - this.#options.environment.now();
    this.#renewIn(ms - Math.min(RENEWAL, ms / 3));
  }

  #renewIn(ms: number): void {
    this.#timers.later("renewal", Math.max(LEAST_RENEWAL, ms), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    // Until it is known to be done it is tried again.
    this.#renewIn(0);
    const attempt = this.#attempt;
    if (attempt === null) return;
    // What only reads has its token for good: another takes its place.
    if (!attempt.isDuplex) return this.#changeOver(attempt.transport);
    const token = await this.#options.token().catch(() => null);
    if (attempt === this.#attempt && token !== null) this.send({ type: "auth", ref: RENEWAL_REF, token });
  }

  #renewed({ expires }: { readonly [field: string]: unknown }): void {
    if (typeof expires === "number") this.#renewBefore(expires);
  }

  // ---- another transport

  #returnLater(): void {
    const { returnAt } = this.#ladder;
    if (returnAt === null) return this.#timers.cancel("return");
    this.#timers.later("return", returnAt - this.#options.environment.now(), () => this.#tryBest());
  }

  #tryBest(): void {
    const { environment, transports } = this.#options;
    this.#ladder = returned(this.#ladder, false, environment.now());
    this.#returnLater();
    this.#changeOver(transports[0] as TransportName);
  }

  /** Dials beside the connection that holds. If it comes to nothing, nothing has changed. */
  #changeOver(transport: TransportName): void {
    if (this.#successor === null && this.#state.name === "connected") this.#successor = this.#attemptOver(transport);
  }
}
