/** One dial: from the token over the welcome to the last frame. It ends once, and then nothing of it is heard any more. */
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import type { Dial, Link, Target } from "./link.ts";
import type { TransportName } from "./machine.ts";
import { Timers } from "./timers.ts";
import { dialWebSocket } from "./websocket.ts";

export interface AttemptOptions {
  /** Of the service, asked at every dial. */
  readonly origin: () => string;
  readonly path: string;
  /** Asked before every dial, and before the old one ends. */
  readonly token: () => Promise<string | null>;
  readonly environment: Environment;
}

/** How it ended. */
export interface End {
  readonly code: number;
  readonly reason: string;
  /** ms */
  readonly retryAfter?: number;
  /** Perhaps the transport does not come through: it was tried, and nothing of the service was heard. */
  readonly isSilent: boolean;
}

export interface AttemptEvents {
  /** The options of the connection, asked when it is dialled. */
  query(): Record<string, string>;
  /** The first is a welcome, and no other is. False: it makes no sense, and the connection is not to be believed. */
  frame(frame: ServerFrame): boolean;
  over(end: End): void;
}

/** ms: for the application to come up with a token, for the service to say welcome, and to answer a ping. */
const TOKEN_WITHIN = 30_000;
const WELCOME_WITHIN = 10_000;
const PONG_WITHIN = 10_000;
/** ms between two pings, whatever a welcome says: a network may forget a connection that is silent for longer. */
const LEAST_BEAT = 1000;
const MOST_BEAT = 30_000;

const LOST = 1006;

/** Loaded when they are needed: most networks let a WebSocket through. */
const DIALS: Readonly<Record<TransportName, () => Dial | Promise<Dial>>> = {
  websocket: () => dialWebSocket,
  sse: async () => (await import("./event-stream.ts")).dialEventStream,
  poll: async () => (await import("./poll.ts")).dialPoll,
};

export class Attempt {
  readonly transport: TransportName;
  readonly #options: AttemptOptions;
  readonly #events: AttemptEvents;
  readonly #timers: Timers;
  #link: Link | null = null;
  #stopBeat = () => {};
  #isWelcome = false;
  #isOver = false;

  constructor(transport: TransportName, options: AttemptOptions, events: AttemptEvents) {
    this.transport = transport;
    this.#options = options;
    this.#events = events;
    this.#timers = new Timers(options.environment);
    void this.#run();
  }

  get isDuplex(): boolean {
    return this.#link?.isDuplex ?? false;
  }

  send(frame: ClientFrame): void {
    this.#link?.send(frame);
  }

  /** Half-open connections say nothing at all: whoever does not answer is gone. */
  ping(): void {
    if (!this.#isWelcome || this.#link === null || !this.#link.isDuplex) return;
    this.#link.ping();
    if (!this.#timers.has("pong")) this.#timers.later("pong", PONG_WITHIN, () => this.fail("no answer to a ping"));
  }

  /** Ends it without an event. */
  close(): void {
    this.#isOver = true;
    this.#timers.clear();
    this.#stopBeat();
    this.#link?.close();
  }

  /** It is not to be believed any more. */
  fail(reason: string, isSilent = false): void {
    this.#over({ code: LOST, reason, isSilent });
  }

  async #run(): Promise<void> {
    const { origin, path, token: fresh } = this.#options;
    this.#timers.later("start", TOKEN_WITHIN, () => this.fail("no token in time"));
    const token = await fresh().catch(() => undefined);
    if (this.#isOver) return;
    if (token === undefined) return this.fail("the token could not be had");
    this.#timers.later("start", WELCOME_WITHIN, () => this.fail("no welcome in time", true));
    try {
      const dial = await DIALS[this.transport]();
      if (this.#isOver) return;
      this.#link = this.#open(dial, { origin: origin(), path, token, query: this.#events.query() });
    } catch {
      // Its code could not be loaded, the URL is none, or the platform forbids it.
      return this.fail(`${this.transport} cannot be used here`, true);
    }
    // One that ended while it was being made has closed nothing.
    if (this.#isOver) this.#link.close();
  }

  #open(dial: Dial, target: Target): Link {
    return dial(
      target,
      {
        alive: () => this.#timers.cancel("pong"),
        frame: (frame) => {
          if (!this.#isOver) this.#frame(frame);
        },
        closed: (code, reason, retryAfter) => {
          // Whoever was refused was understood: another transport would be refused too.
          const isSilent = !this.#isWelcome && code < 4000;
          this.#over({ code, reason, isSilent, ...(retryAfter === undefined ? {} : { retryAfter }) });
        },
      },
      this.#options.environment,
    );
  }

  #frame(frame: ServerFrame): void {
    if ((frame.type === "welcome") === this.#isWelcome) return this.fail("a welcome comes first, and once");
    if (frame.type === "welcome") {
      this.#isWelcome = true;
      this.#timers.cancel("start");
      const every = Math.min(Math.max(LEAST_BEAT, frame.heartbeat.every), MOST_BEAT);
      this.#stopBeat = this.#options.environment.every(() => this.ping(), every);
    }
    let makesSense = false;
    try {
      makesSense = this.#events.frame(frame);
    } catch {
      // Nothing that a service sends may throw out of here.
    }
    if (!makesSense) this.fail("what came does not fit what came before");
  }

  #over(end: End): void {
    if (this.#isOver) return;
    this.close();
    this.#events.over(end);
  }
}
