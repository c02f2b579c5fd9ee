import type { Query } from "./channel-url.ts";
import { cursorOf, type Frame, type Gap, type Message, positionOf, type Welcome } from "./frames.ts";
import { PATIENCE } from "./until.ts";

export interface ConnectOptions {
  /** Origin of the service, asked again at every connect: a restarted server has another port. */
  server: () => string;
  /** Address, e.g. `room:lobby`. */
  channel: string;
  token: string;
  query?: Query;
  /** Milliseconds between two `ping`s of a WebSocket. Without it there are none. */
  heartbeat?: number;
  /** Milliseconds to the welcome. Default `PATIENCE`. */
  timeout?: number;
}

export interface Received {
  frame: Frame;
  /** The text of the frame as it came; over SSE and poll, the part that holds what the frame holds. */
  text: string;
  /** When it came, by `performance.now()`. */
  at: number;
  /** Where the reader stands after it, if the transport says so itself (the `id:` of SSE, the `cursor` of a poll). */
  cursor?: string;
}

export interface Closed {
  code: number;
  reason: string;
}

const shownFrames = 12;
const shownCharacters = 240;

/** Resolves at the welcome of a connection just begun. Rejects with what came instead. */
export async function welcomed<S extends Subscriber>(subscriber: S): Promise<S> {
  try {
    const { timeout = PATIENCE } = subscriber.options;
    await subscriber.until(({ frames }) => frames.length > 0, "a welcome", timeout);
  } catch (error) {
    subscriber.terminate();
    throw error;
  }
  const first = subscriber.frames[0];
  if (first?.frame.type !== "welcome") throw new Error(`no welcome first, but ${first?.text}`);
  subscriber.chain.push(subscriber);
  return subscriber;
}

/**
 * One connection to a channel, over whatever transport: it keeps all that it is told, in order of arrival, as the
 * frames a WebSocket would have brought.
 */
export abstract class Subscriber {
  readonly options: ConnectOptions;
  /** All connections of this subscriber so far, this one included: see `resume`. */
  readonly chain: Subscriber[];
  readonly frames: Received[] = [];
  /** The messages of all `messages` frames. */
  readonly messages: Message[] = [];
  readonly closed: Promise<Closed>;
  /** What went wrong below the protocol, for an error's `cause`. */
  protected fault: Error | undefined;

  readonly #waiting = new Set<() => void>();
  readonly #settleClosed: (closed: Closed) => void;
  #cursor: string | undefined;
  #closed: Closed | undefined;

  constructor(options: ConnectOptions, chain: Subscriber[]) {
    this.options = options;
    this.chain = chain;
    const after = options.query?.after;
    this.#cursor = after === undefined ? undefined : String(after);
    const { promise, resolve } = Promise.withResolvers<Closed>();
    this.closed = promise;
    this.#settleClosed = resolve;
  }

  get welcome(): Welcome {
    return this.frames[0]?.frame as Welcome;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** How far this subscriber got: what to resume after. Undefined before anything is known. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Drops the connection without a word, as a crash of the client would. */
  abstract terminate(): void;

  /** Stops reading from the network, so that the server cannot get rid of what it sends. */
  abstract stopReading(): void;

  abstract startReading(): void;

  /** The next connection of the same subscriber, from where it got to. */
  abstract resume(): Promise<Subscriber>;

  /** Resolves with what `predicate` gives as soon as it is truthy; looked at now and after every frame. */
  until<T>(predicate: (subscriber: this) => T, what: string, timeout = PATIENCE): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        then();
      };
      const look = () => {
        const result = predicate(this);
        if (result) settle(() => resolve(result));
        else if (this.#closed !== undefined) settle(() => reject(this.failure(`closed, without ${what}`)));
      };
      const late = () => reject(this.failure(`not within ${timeout} ms: ${what}`));
      const timer = setTimeout(() => settle(late), timeout);
      this.#waiting.add(look);
      look();
    });
  }

  /** The frames of one type so far. */
  framesOf<T extends Frame = Frame>(type: string): T[] {
    return this.frames.filter(({ frame }) => frame.type === type).map(({ frame }) => frame as T);
  }

  /** After the end nothing counts any more: the next connection may already have asked for it. */
  protected received(frame: Frame, text: string, cursor?: string): void {
    if (this.#closed !== undefined) return;
    this.frames.push({ frame, text, at: performance.now(), ...(cursor !== undefined && { cursor }) });
    this.#follow(frame);
    if (cursor !== undefined) this.#cursor = cursor;
    this.look();
  }

  /** Lets everybody who waits look again. */
  protected look(): void {
    for (const look of [...this.#waiting]) look();
  }

  protected ended(closed: Closed): void {
    if (this.#closed !== undefined) return;
    this.#closed = closed;
    this.look();
    this.#settleClosed(closed);
  }

  protected failure(what: string): Error {
    const state = this.#closed === undefined ? "open" : `closed ${this.#closed.code} ${this.#closed.reason}`;
    const seen = this.frames.slice(-shownFrames).map(({ text }) => `  ${text.slice(0, shownCharacters)}`);
    const head = `${this.options.channel}, ${state}: ${what}; ${this.frames.length} frames seen, the last:`;
    return new Error([head, ...seen].join("\n"), { cause: this.fault });
  }

  #follow(frame: Frame): void {
    if (frame.type === "welcome" && frame.resume === "live") this.#cursor = frame.cursor as string;
    if (frame.type === "gap") this.#cursor = this.#afterGap(frame as unknown as Gap);
    if (frame.type === "messages") {
      const { epoch } = positionOf(this.#cursor ?? this.welcome.cursor);
      const messages = frame.messages as Message[];
      for (const message of messages) this.messages.push(message);
      const last = messages.at(-1);
      if (last !== undefined) this.#cursor = cursorOf({ epoch, seq: last.seq });
    }
  }

  #afterGap({ oldest, cursor }: Gap): string {
    if (oldest === null) return cursor ?? this.welcome.cursor;
    const { epoch, seq } = positionOf(oldest);
    return cursorOf({ epoch, seq: seq - 1 });
  }
}
