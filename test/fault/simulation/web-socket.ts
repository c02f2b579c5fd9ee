/** The two ends of a WebSocket of the runtime, and what is between them. */
import type { Actor, Timeline } from "./timeline.ts";

export type Data = string | Uint8Array | ArrayBuffer;

/** What happens at an end. */
export interface SocketHandler {
  message(data: Data): void;
  /** It is about to be told of the end: whoever sleeps is woken while the socket still counts as open. */
  closing?(): void;
  /** `clean`: by a Close frame of the other side. */
  close(code: number, reason: string, clean: boolean): void;
}

/** What is between: how long it takes, each way, and whether anything comes through. */
export interface Link {
  latency(): number;
  /** Until then nothing is taken from the way to the client; ms. */
  stalledUntil: number;
  /** Nothing comes through, and nobody is told. */
  isBlack: boolean;
}

type Listener = (event: { data?: Data; code: number; reason: string }) => void;

export class SimulatedSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  readyState: number = SimulatedSocket.OPEN;
  binaryType = "blob";
  /** Sent and not taken by the reader. */
  unsent = 0;
  /** Whether the runtime tells what is unsent. */
  tellsUnsent = true;
  handler: SocketHandler | null = null;
  /** Who is called when something arrives. */
  actor: Actor | null = null;
  /** Where what is sent must wait until it is safe to send; null: nowhere. */
  gate: ((send: () => void) => void) | null = null;
  peer!: SimulatedSocket;
  link!: Link;
  attachment: unknown = null;
  /** The answer of the runtime itself; null: never. */
  answeredAt: number | null = null;
  readonly #timeline: Timeline;
  readonly #listeners = new Map<string, Listener[]>();
  #waiting: (() => void)[] = [];
  #lastArrival = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get bufferedAmount(): number | undefined {
    return this.tellsUnsent ? this.unsent : undefined;
  }

  serializeAttachment(value: unknown): void {
    this.attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.attachment);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  /** What arrives from now on is told to the listeners. */
  accept(): void {
    const tell = (type: string, event: Parameters<Listener>[0]) => {
      this.#timeline.unsettle();
      for (const listener of this.#listeners.get(type) ?? []) listener(event);
    };
    this.actor = this.#timeline.current;
    this.listen({
      // As with `binaryType = "arraybuffer"`, which whoever reads bytes has set.
      message: (data) =>
        tell("message", { data: data instanceof Uint8Array ? toBuffer(data) : data, code: 0, reason: "" }),
      close: (code, reason) => tell("close", { code, reason }),
    });
  }

  listen(handler: SocketHandler): void {
    this.handler = handler;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const arrive of waiting) arrive();
  }

  send(data: Data): void {
    if (this.readyState !== SimulatedSocket.OPEN) throw new Error("the socket is not open");
    this.#gated(() => this.transmit(data));
  }

  close(code = 1005, reason = ""): void {
    if (this.readyState >= SimulatedSocket.CLOSING) {
      this.readyState = SimulatedSocket.CLOSED;
      return;
    }
    this.readyState = SimulatedSocket.CLOSING;
    this.#gated(() => this.#carry(0, (peer) => peer.#closed(code, reason, true)));
  }

  /** Past the gate. */
  transmit(data: Data): void {
    const size = typeof data === "string" ? data.length : data.byteLength;
    this.unsent += size;
    this.#carry(size, (peer) => {
      if (peer.readyState === SimulatedSocket.OPEN) peer.handler?.message(data);
    });
  }

  /** The connection breaks: either end is told after a while, or not at all. */
  break(told: { mine: boolean; peers: boolean }, ms = 0): void {
    this.link.isBlack = true;
    for (const [end, isTold] of [
      [this, told.mine],
      [this.peer, told.peers],
    ] as const)
      if (isTold)
        this.#timeline.after(ms, end.actor ?? this.#timeline.nobody, () => {
          const arrive = () => end.#closed(1006, "", false);
          if (end.handler === null) end.#waiting.push(arrive);
          else arrive();
        });
  }

  #gated(send: () => void): void {
    if (this.gate === null) send();
    else this.gate(send);
  }

  /** Over the link, behind what was sent before. */
  #carry(size: number, arrive: (peer: SimulatedSocket) => void): void {
    const { peer, link } = this;
    const timeline = this.#timeline;
    const start = Math.max(timeline.now, link.stalledUntil);
    this.#lastArrival = Math.max(this.#lastArrival, start + link.latency());
    const deliver = () => {
      this.unsent -= size;
      if (link.isBlack) return;
      if (peer.handler === null) peer.#waiting.push(() => arrive(peer));
      else arrive(peer);
    };
    timeline.after(this.#lastArrival - timeline.now, peer.actor ?? timeline.nobody, deliver);
  }

  #closed(code: number, reason: string, clean: boolean): void {
    if (this.readyState === SimulatedSocket.CLOSED) return;
    this.handler?.closing?.();
    const isAnswer = this.readyState === SimulatedSocket.CLOSING;
    this.readyState = isAnswer ? SimulatedSocket.CLOSED : SimulatedSocket.CLOSING;
    this.handler?.close(code, reason, clean);
  }
}

export function socketPair(timeline: Timeline, link: Link): [SimulatedSocket, SimulatedSocket] {
  const [client, server] = [new SimulatedSocket(timeline), new SimulatedSocket(timeline)];
  client.peer = server;
  server.peer = client;
  client.link = server.link = link;
  return [client, server];
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
