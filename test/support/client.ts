import WebSocket from "ws";
import { channelUrl } from "./channel-url.ts";
import type { Frame } from "./frames.ts";
import { type Closed, type ConnectOptions, Subscriber, welcomed } from "./subscriber.ts";
import { PATIENCE } from "./until.ts";

export { channelUrl, type Query } from "./channel-url.ts";
export type { Closed, ConnectOptions, Received } from "./subscriber.ts";

/** The connection ended between a request and its answer: nobody knows then what became of it. */
export class Unanswered extends Error {}

interface Pending {
  resolve: (answer: Frame) => void;
  reject: (error: Error) => void;
}

/** Connects by WebSocket and resolves at the welcome. Rejects with what was answered instead. */
export function connect(options: ConnectOptions, chain: Subscriber[] = []): Promise<Client> {
  return welcomed(new Client(options, chain));
}

/** One connection of a raw WebSocket client. */
export class Client extends Subscriber {
  pongs = 0;

  readonly #socket: WebSocket;
  readonly #pending = new Map<string, Pending>();
  #heartbeat: NodeJS.Timeout | undefined;
  #refs = 0;

  constructor(options: ConnectOptions, chain: Subscriber[]) {
    super(options, chain);
    const url = channelUrl(options.server().replace("http", "ws"), options.channel, "connect", options.query);
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${options.token}` },
      perMessageDeflate: true,
    });
    this.#socket.on("open", () => this.#startHeartbeat());
    this.#socket.on("message", (raw, isBinary) => this.#receive(raw.toString(), isBinary));
    this.#socket.on("error", (error) => {
      this.fault ??= error;
    });
    this.#socket.on("close", (code, reason) => this.#end({ code, reason: reason.toString() }));
  }

  /** False as soon as either side has begun to close, which may be long before `closed`. */
  override get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(frame: Frame | string | Uint8Array): void {
    this.#socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** Sends the frame with a `ref` of its own, unless it has one, and resolves with its `ack` (also one of an `acks`) or `error`. */
  request(frame: Frame, timeout = PATIENCE): Promise<Frame> {
    const ref = typeof frame.ref === "string" ? frame.ref : `r${++this.#refs}`;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState === WebSocket.CLOSED) throw this.failure(`no connection for ${frame.type}`);
      const timer = setTimeout(() => {
        this.#pending.delete(ref);
        reject(this.failure(`no answer to ${frame.type} ${ref} within ${timeout} ms`));
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

  /** Sends a Close frame and resolves with the end of the connection. */
  close(code = 1000, reason = ""): Promise<Closed> {
    this.#socket.close(code, reason);
    return this.closed;
  }

  override terminate(): void {
    this.#socket.terminate();
  }

  override stopReading(): void {
    this.#socket.pause();
  }

  override startReading(): void {
    this.#socket.resume();
  }

  /** The next connection of the same subscriber: `?after=` its own cursor. */
  override resume(): Promise<Client> {
    const { query, ...options } = this.options;
    if (this.cursor === undefined) return connect(this.options, this.chain);
    return connect({ ...options, query: { ...query, rewind: undefined, after: this.cursor } }, this.chain);
  }

  #startHeartbeat(): void {
    if (this.options.heartbeat === undefined) return;
    this.#heartbeat = setInterval(() => this.#socket.send("ping"), this.options.heartbeat);
  }

  #receive(text: string, isBinary: boolean): void {
    if (text === "pong") {
      this.pongs++;
      this.look();
      return;
    }
    const frame: Frame = isBinary ? { type: "(binary)" } : JSON.parse(text);
    this.received(frame, text);
    const answers = frame.type === "acks" ? (frame.acks as object[]).map((ack) => ({ ...ack, type: "ack" })) : [frame];
    for (const answer of answers as Frame[]) this.#pending.get(answer.ref as string)?.resolve(answer);
  }

  #end(closed: Closed): void {
    clearInterval(this.#heartbeat);
    for (const { reject } of [...this.#pending.values()]) reject(new Unanswered("closed before the answer"));
    this.ended(closed);
  }
}
