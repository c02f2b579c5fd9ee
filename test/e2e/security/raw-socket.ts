import WebSocket from "ws";
import { type Closed, channelUrl, type Query } from "../../support/client.ts";
import type { Frame } from "../../support/frames.ts";
import { until } from "../../support/until.ts";

export interface RawOptions {
  /** Without it there is no Authorization. */
  token?: string;
  protocols?: string[];
  query?: Query;
}

/** A connection for what the usual client does not do: without a token, flooding, not reading. */
export class RawSocket {
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  #refs = 0;

  constructor(origin: string, channel: string, { token, protocols = [], query = {} }: RawOptions = {}) {
    const url = channelUrl(origin.replace("http", "ws"), channel, "connect", query);
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#socket = new WebSocket(url, protocols, { headers });
    this.#socket.on("message", (raw) => this.frames.push(JSON.parse(raw.toString())));
    this.#socket.on("error", () => {}); // what is wrong shows in the close
    this.closed = new Promise((resolve) => {
      this.#socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Bytes that the network has not taken yet. */
  get unsent(): number {
    return this.#socket.bufferedAmount;
  }

  async welcome(): Promise<Frame> {
    await until(() => this.frames.length > 0, { what: "the welcome" });
    return this.frames[0] as Frame;
  }

  send(frame: Frame | string | Uint8Array): void {
    this.#socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  async request(frame: Frame): Promise<Frame> {
    const ref = `r${++this.#refs}`;
    this.send({ ...frame, ref });
    return until(() => this.frames.find((answer) => answer.ref === ref), {
      what: `an answer to ${frame.type}`,
      every: 2,
    });
  }

  framesOf(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  stopReading(): void {
    this.#socket.pause();
  }

  startReading(): void {
    this.#socket.resume();
  }

  close(code = 1000): Promise<Closed> {
    this.#socket.close(code);
    return this.closed;
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
