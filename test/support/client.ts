import WebSocket from "ws";
import { cursorOf, type Frame, type Gap, type Message, positionOf, type Welcome } from "./frames.ts";

export interface ConnectOptions {
  /** Origin of the service, asked again at every connect: a restarted server has another port. */
  server: () => string;
  /** Address, e.g. `room:lobby`. */
  channel: string;
  token: string;
  query?: Query;
  /** Milliseconds between two `ping`s. Without it there are none. */
  heartbeat?: number;
  /** Milliseconds to the welcome. Default 15,000. */
  timeout?: number;
}

export type Query = Record<string, string | number | undefined>;

export interface Received {
  frame: Frame;
  /** The text of the frame as it came. */
  text: string;
  /** When it came, by `performance.now()`. */
  at: number;
}

export interface Closed {
  code: number;
  reason: string;
}

/** The connection ended between a request and its answer: nobody knows then what became of it. */
export class Unanswered extends Error {}

interface Pending {
  resolve: (answer: Frame) => void;
  reject: (error: Error) => void;
}

const patience = 10_000;
const shownFrames = 12;
const shownCharacters = 240;

/** The path and query of a channel's endpoint below the origin. */
export function channelUrl(origin: string, channel: string, endpoint: string, query: Query = {}): string {
  const [kind, ...id] = channel.split(":");
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value));
  const end = endpoint === "" ? "" : `/${endpoint}`;
  const path = `/v1/${kind}s/${encodeURIComponent(id.join(":"))}${end}`;
  return `${origin}${path}${search.size > 0 ? `?${search}` : ""}`;
}

/** Connects and resolves at the welcome. Rejects with what was answered instead. */
export async function connect(options: ConnectOptions, chain: Client[] = []): Promise<Client> {
  const client = new Client(options, chain);
  try {
    await client.until(() => client.frames.length > 0, "a welcome", options.timeout ?? 15_000);
  } catch (error) {
    client.terminate();
    throw error;
  }
  if (client.frames[0]?.frame.type !== "welcome") throw new Error(`no welcome first, but ${client.frames[0]?.text}`);
  chain.push(client);
  return client;
}

/** One connection of a raw protocol client. It keeps every frame, in order of arrival. */
export class Client {
  readonly options: ConnectOptions;
  /** All connections of this subscriber so far, this one included: see `resume`. */
  readonly chain: Client[];
  readonly frames: Received[] = [];
  /** The messages of all `messages` frames. */
  readonly messages: Message[] = [];
  readonly closed: Promise<Closed>;
  pongs = 0;

  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  readonly #pending = new Map<string, Pending>();
  #heartbeat: NodeJS.Timeout | undefined;
  #refs = 0;
  #cursor: string | undefined;
  #refused: Error | undefined;
  #closed: Closed | undefined;

  constructor(options: ConnectOptions, chain: Client[]) {
    this.options = options;
    this.chain = chain;
    const after = options.query?.after;
    this.#cursor = after === undefined ? undefined : String(after);
    const url = channelUrl(options.server().replace("http", "ws"), options.channel, "connect", options.query);
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${options.token}` },
      perMessageDeflate: true,
    });
    this.#socket.on("open", () => this.#startHeartbeat());
    this.#socket.on("message", (raw, isBinary) => this.#receive(raw.toString(), isBinary));
    this.#socket.on("error", (error) => {
      this.#refused ??= error;
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on("close", (code, reason) => resolve(this.#end({ code, reason: reason.toString() })));
    });
  }

  get welcome(): Welcome {
    return this.frames[0]?.frame as Welcome;
  }

  /** False as soon as either side has begun to close, which may be long before `closed`. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** How far this subscriber got: what to resume after. Undefined before anything is known. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  send(frame: Frame | string | Uint8Array): void {
    this.#socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** Sends the frame with a `ref` of its own, unless it has one, and resolves with its `ack` (also one of an `acks`) or `error`. */
  request(frame: Frame, timeout = patience): Promise<Frame> {
    const ref = typeof frame.ref === "string" ? frame.ref : `r${++this.#refs}`;
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#failure(`no connection for ${frame.type}`);
      const timer = setTimeout(() => {
        this.#pending.delete(ref);
        reject(this.#failure(`no answer to ${frame.type} ${ref} within ${timeout} ms`));
      }, timeout);
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          this.#pending.delete(ref);
          then(value);
        };
      };
      this.#pending.set(ref, { resolve: settle(resolve), reject: settle(reject) });
      this.send({ ...frame, ref });
    });
  }

  /** Resolves with what `predicate` gives as soon as it is truthy; looked at now and after every frame. */
  until<T>(predicate: (client: Client) => T, what: string, timeout = patience): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        then();
      };
      const look = () => {
        const result = predicate(this);
        if (result) settle(() => resolve(result));
        else if (this.#closed !== undefined) settle(() => reject(this.#failure(`closed, without ${what}`)));
      };
      const late = () => reject(this.#failure(`not within ${timeout} ms: ${what}`));
      const timer = setTimeout(() => settle(late), timeout);
      this.#waiting.add(look);
      look();
    });
  }

  /** The frames of one type so far. */
  framesOf<T extends Frame = Frame>(type: string): T[] {
    return this.frames.filter(({ frame }) => frame.type === type).map(({ frame }) => frame as T);
  }

  /** Sends a Close frame and resolves with the end of the connection. */
  close(code = 1000, reason = ""): Promise<Closed> {
    this.#socket.close(code, reason);
    return this.closed;
  }

  /** Drops the connection without a word, as a crash of the client would. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Stops reading from the network, so that the server cannot get rid of what it sends. */
  stopReading(): void {
    this.#socket.pause();
  }

  startReading(): void {
    this.#socket.resume();
  }

  /** The next connection of the same subscriber: `?after=` its own cursor. */
  resume(): Promise<Client> {
    const { query, ...options } = this.options;
    if (this.#cursor === undefined) return connect(this.options, this.chain);
    return connect({ ...options, query: { ...query, rewind: undefined, after: this.#cursor } }, this.chain);
  }

  #startHeartbeat(): void {
    if (this.options.heartbeat === undefined) return;
    this.#heartbeat = setInterval(() => this.#socket.send("ping"), this.options.heartbeat);
  }

  #receive(text: string, isBinary: boolean): void {
    if (text === "pong") {
      this.pongs++;
    } else {
      const frame: Frame = isBinary ? { type: "(binary)" } : JSON.parse(text);
      this.frames.push({ frame, text, at: performance.now() });
      this.#follow(frame);
    }
    for (const look of [...this.#waiting]) look();
  }

  #follow(frame: Frame): void {
    if (frame.type === "welcome" && frame.resume === "live") this.#cursor = frame.cursor as string;
    if (frame.type === "gap") this.#cursor = this.#afterGap(frame as unknown as Gap);
    if (frame.type === "messages") {
      const { epoch } = positionOf(this.#cursor ?? this.welcome.cursor);
      for (const message of frame.messages as Message[]) this.messages.push(message);
      const last = this.messages.at(-1);
      if (last !== undefined) this.#cursor = cursorOf({ epoch, seq: last.seq });
    }
    const answers = frame.type === "acks" ? (frame.acks as object[]).map((ack) => ({ ...ack, type: "ack" })) : [frame];
    for (const answer of answers as Frame[]) this.#pending.get(answer.ref as string)?.resolve(answer);
  }

  #afterGap({ oldest, cursor }: Gap): string {
    if (oldest === null) return cursor ?? this.welcome.cursor;
    const { epoch, seq } = positionOf(oldest);
    return cursorOf({ epoch, seq: seq - 1 });
  }

  #end(closed: Closed): Closed {
    clearInterval(this.#heartbeat);
    this.#closed = closed;
    for (const { reject } of [...this.#pending.values()]) reject(new Unanswered("closed before the answer"));
    for (const look of [...this.#waiting]) look();
    return closed;
  }

  #failure(what: string): Error {
    const state = this.#closed === undefined ? "open" : `closed ${this.#closed.code} ${this.#closed.reason}`;
    const seen = this.frames.slice(-shownFrames).map(({ text }) => `  ${text.slice(0, shownCharacters)}`);
    const head = `${this.options.channel}, ${state}: ${what}; ${this.frames.length} frames seen, the last:`;
    return new Error([head, ...seen].join("\n"), { cause: this.#refused });
  }
}
