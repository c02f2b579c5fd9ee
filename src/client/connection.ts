/**
 * One connection: one transport at a time, one state, one token. It dials, listens for signs of life and comes back; what
 * the frames mean is its subscription's business.
 */
import type { ClientFrame, ServerFrame, WelcomeFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { cameThrough, cameToNothing, current, type Ladder, ladderOf, returned } from "./ladder.ts";
import type { Dial, Link, Target } from "./link.ts";
import { type Action, type ConnectionEvent, type ConnectionState, next, START, type TransportName } from "./machine.ts";
import { dialWebSocket } from "./websocket.ts";

/** What the connection is for. */
export interface Subscriber {
  /** The options of the next connection: `after` among them, once something was heard. */
  query(): Record<string, string>;
  /** False: it makes no sense, and the connection is not to be believed. */
  frame(frame: ServerFrame): boolean;
  stateChanged(state: ConnectionState): void;
}

export interface ConnectionOptions {
  /** Of the service, asked at every dial. */
  readonly origin: () => string;
  readonly path: string;
  /** Asked before every dial, and before the old one ends. */
  readonly token: () => Promise<string | null>;
  readonly transports: readonly TransportName[];
  readonly environment: Environment;
}

const REMEMBERED = "edgewire.transport";
/** ms without an answer to a ping, or without a welcome. */
const PATIENCE = 10_000;
/** ms before the end of a token that a fresh one is sent. */
const RENEWAL = 30_000;

/** Loaded when they are needed: most networks let a WebSocket through. */
const DIALS: Readonly<Record<TransportName, () => Dial | Promise<Dial>>> = {
  websocket: () => dialWebSocket,
  sse: async () => (await import("./event-stream.ts")).dialEventStream,
  poll: async () => (await import("./poll.ts")).dialPoll,
};

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #subscriber: Subscriber;
  #state: ConnectionState = START.state;
  #ladder: Ladder;
  #link: Link | null = null;
  /** Counts dials: what belongs to an earlier one is not listened to. */
  #dial = 0;
  readonly #timers = new Map<string, unknown>();
  readonly #forgetWake: () => void;

  constructor(options: ConnectionOptions, subscriber: Subscriber) {
    this.#options = options;
    this.#subscriber = subscriber;
    const { environment, transports } = options;
    this.#ladder = ladderOf(transports, environment.storage?.getItem(REMEMBERED) ?? null, environment.now());
    this.#forgetWake = environment.onWake(() => {
      this.#happened({ type: "wake" });
      this.#ping();
    });
    this.#act(START.action);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Sent only while connected; what is sent before is lost. */
  send(frame: ClientFrame): void {
    if (this.#state.name === "connected") this.#link?.send(frame);
  }

  /** For good. Nothing is called back after this. */
  close(): void {
    this.#happened({ type: "close" });
  }

  /** The connection brings what cannot be: begin again from what is known. */
  distrust(reason: string): void {
    this.#lost(1006, reason);
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
    if (action?.do === "dial") void this.#dialNow();
    else if (action?.do === "wait") this.#later("due", action.ms, () => this.#happened({ type: "due" }));
  }

  #end(): void {
    this.#hangUp();
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.#forgetWake();
  }

  async #dialNow(): Promise<void> {
    this.#hangUp();
    this.#cancel("due");
    const dial = this.#dial;
    const name = current(this.#ladder);
    this.#later("silence", PATIENCE, () => this.#lost(1006, "no welcome"));
    try {
      const [open, target] = await Promise.all([DIALS[name](), this.#target()]);
      if (dial === this.#dial) this.#link = this.#open(open, target, name, dial);
    } catch {
      // No token, or the code of that transport could not be loaded.
      if (dial === this.#dial) this.#lost(1006, "the token could not be had");
    }
  }

  async #target(): Promise<Target> {
    const { origin, path, token } = this.#options;
    const fresh = await token();
    return { origin: origin(), path, token: fresh, query: this.#subscriber.query() };
  }

  #open(open: Dial, target: Target, name: TransportName, dial: number): Link {
    const mine = () => dial === this.#dial;
    return open(
      target,
      {
        alive: () => {
          if (mine()) this.#cancel("silence");
        },
        frame: (frame) => {
          if (!mine()) return;
          if (frame.type === "welcome") this.#welcome(frame, name);
          if (!this.#subscriber.frame(frame)) this.distrust("what came does not fit what came before");
        },
        closed: (code, reason, retryAfter) => {
          if (mine()) this.#lost(code, reason, retryAfter);
        },
      },
      this.#options.environment,
    );
  }

  #welcome(welcome: WelcomeFrame, transport: TransportName): void {
    const { environment } = this.#options;
    this.#cancel("silence");
    this.#ladder = cameThrough(this.#ladder);
    environment.storage?.setItem(REMEMBERED, transport);
    this.#happened({ type: "welcome", transport });
    this.#later("ping", welcome.heartbeat.every, () => this.#ping());
    if (welcome.expires !== null) this.#renewBefore(welcome.expires - welcome.at);
    const { returnAt } = this.#ladder;
    if (returnAt !== null) this.#later("return", returnAt - environment.now(), () => this.#tryBest());
  }

  #lost(code: number, reason: string, retryAfter?: number): void {
    if (this.#state.name === "closed" || this.#state.name === "waiting") return;
    const neverCame = this.#state.name === "connecting";
    this.#hangUp();
    // Whoever was refused was understood: another transport would be refused too.
    if (neverCame && code < 4000) void this.#blame();
    this.#happened({ type: "lost", code, reason, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }

  /** A dial came to nothing: that is the transport's fault only if the service can be reached without it. */
  async #blame(): Promise<void> {
    const { environment, origin } = this.#options;
    const dial = this.#dial;
    try {
      const { ok } = await environment.fetch(`${origin().replace(/\/$/, "")}/v1/health`, { cache: "no-store" });
      if (ok && dial === this.#dial) this.#ladder = cameToNothing(this.#ladder, environment.now());
    } catch {
      // Nothing comes through: the network's fault, or the service's.
    }
  }

  #hangUp(): void {
    this.#dial++;
    this.#link?.close();
    this.#link = null;
    for (const name of ["silence", "ping", "renewal", "return"]) this.#cancel(name);
  }

  /** Half-open connections say nothing at all: whoever does not answer is gone. */
  #ping(): void {
    const link = this.#link;
    if (link === null || this.#state.name !== "connected") return;
    link.ping();
    if (link.answersPings && !this.#timers.has("silence"))
      this.#later("silence", PATIENCE, () => this.#lost(1006, "no answer to a ping"));
    this.#later("ping", 30_000, () => this.#ping());
  }

  /** @param ms until the token ends, by the service's clock */
  #renewBefore(ms: number): void {
    // Of a short token the last third; a timer holds at most 24 days.
    const wait = Math.min(ms - Math.min(RENEWAL, ms / 3), 2 ** 31 - 1);
    this.#later("renewal", Math.max(0, wait), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const dial = this.#dial;
    try {
      const token = await this.#options.token();
      if (dial === this.#dial && token !== null) this.#link?.send({ type: "auth", ref: "auth", token });
    } catch {
      // The connection ends with its token, and then another is asked for.
    }
  }

  /** The service took the fresh token. */
  renewed(expires: number): void {
    this.#renewBefore(expires - this.#options.environment.now());
  }

  /** Dials the best transport beside the one that holds, and changes over when it says welcome. */
  async #tryBest(): Promise<void> {
    const { environment, transports } = this.#options;
    const dial = this.#dial;
    const best = transports[0] as TransportName;
    const settle = (success: boolean) => {
      this.#cancel("probe");
      this.#ladder = returned(this.#ladder, success, environment.now());
      const { returnAt } = this.#ladder;
      if (returnAt !== null) this.#later("return", returnAt - environment.now(), () => this.#tryBest());
    };
    try {
      const [open, target] = await Promise.all([DIALS[best](), this.#target()]);
      if (dial !== this.#dial) return;
      const probe = open(
        { ...target, query: { ...target.query, member: "0" } },
        {
          alive: () => undefined,
          frame: (frame) => {
            if (frame.type !== "welcome" || dial !== this.#dial) return;
            probe.close();
            settle(true);
            // It goes through: begin again there, from where we are.
            void this.#dialNow();
          },
          closed: () => {
            if (dial === this.#dial) settle(false);
          },
        },
        environment,
      );
      this.#later("probe", PATIENCE, () => {
        probe.close();
        if (dial === this.#dial) settle(false);
      });
    } catch {
      if (dial === this.#dial) settle(false);
    }
  }

  #later(name: string, ms: number, task: () => void): void {
    this.#cancel(name);
    const timer = this.#options.environment.setTimeout(() => {
      this.#timers.delete(name);
      task();
    }, ms);
    this.#timers.set(name, timer);
  }

  #cancel(name: string): void {
    const timer = this.#timers.get(name);
    if (timer === undefined) return;
    this.#timers.delete(name);
    this.#options.environment.clearTimeout(timer as never);
  }
}
