import type { Channel } from "./channel.ts";
import { env, worker } from "./service.ts";

// biome-ignore lint/suspicious/noExplicitAny: a client takes frames as they come, and tests look into them.
export type Frame = { type: string; [field: string]: any };

export interface ConnectOptions {
  /** Default: the API key, acting for `user`. */
  token?: string;
  /** Whom the API key acts for. */
  user?: string;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
}

export interface Closed {
  code: number;
  reason: string;
}

const later = globalThis.setTimeout.bind(globalThis);
const patience = 5000;

/** The answer to a handshake, whatever it is. */
export function handshake(
  channel: Pick<Channel, "url">,
  { token, user, query, headers }: ConnectOptions = {},
): Promise<Response> {
  const as: Record<string, string> = token === undefined && user !== undefined ? { user } : {};
  return worker.fetch(channel.url("connect", { ...query, ...as }), {
    headers: { upgrade: "websocket", authorization: `Bearer ${token ?? env.API_KEY}`, ...headers },
  });
}

/** Connects; resolves at the welcome. */
export async function connect(channel: Pick<Channel, "url">, options: ConnectOptions = {}): Promise<Client> {
  const answer = await handshake(channel, options);
  if (answer.webSocket === null) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
  const client = new Client(answer.webSocket);
  await client.until(() => client.frames.length > 0, "a welcome");
  return client;
}

/** One connection. It keeps every frame, in order of arrival. */
export class Client {
  readonly frames: Frame[] = [];
  /** The same as text. */
  readonly texts: string[] = [];
  pongs = 0;
  closed: Closed | null = null;
  readonly #socket: WebSocket;
  readonly #looks = new Set<() => void>();
  #refs = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") this.pongs++;
      else {
        this.texts.push(data as string);
        this.frames.push(JSON.parse(data as string));
      }
      this.#look();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.#look();
    });
    socket.accept();
  }

  get welcome(): Frame {
    return this.frames[0] as Frame;
  }

  send(frame: Frame | string | ArrayBuffer): void {
    this.#socket.send(typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame));
  }

  /** Sends the frame with a `ref` of its own; resolves with its ack or error. */
  async request(frame: Frame): Promise<Frame> {
    const ref = `r${++this.#refs}`;
    this.send({ ...frame, ref });
    return this.until(() => this.answers().find((answer) => answer.ref === ref), `an answer to ${frame.type}`);
  }

  /** Resolves with the answers to frames that are sent together. */
  async pipeline(frames: readonly Frame[]): Promise<Frame[]> {
    return Promise.all(frames.map((frame) => this.request(frame)));
  }

  /** Resolves when everything has arrived that was sent to this connection before. Changes nothing in the room. */
  async drained(): Promise<void> {
    await this.request({ type: "history", limit: 1 });
  }

  /** Acks and errors so far, those of `acks` frames one by one. */
  answers(): Frame[] {
    return this.frames.flatMap((frame) =>
      frame.type === "acks" ? frame.acks : frame.type === "ack" || frame.type === "error" ? [frame] : [],
    );
  }

  framesOf(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  get seqs(): number[] {
    return this.framesOf("messages").flatMap(({ messages }) => messages.map(({ seq }: { seq: number }) => seq));
  }

  /** Sends a Close frame; without a code none is in it. Resolves with what the server answers. */
  close(code?: number, reason?: string): Promise<Closed> {
    this.#socket.close(code, reason);
    return this.ended();
  }

  ended(): Promise<Closed> {
    return this.until(() => this.closed, "a close");
  }

  /** Resolves with what `condition` gives as soon as it is truthy; looked at now and after each event. */
  until<T>(condition: () => T, what: string): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const timer = later(() => reject(this.#late(what)), patience);
      const look = () => {
        const result = condition();
        if (!result) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(result);
      };
      this.#looks.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }

  #late(what: string): Error {
    const state = this.closed === null ? "open" : `closed ${this.closed.code} ${this.closed.reason}`;
    return new Error(`not within ${patience} ms: ${what}; ${state}, seen:\n${this.texts.slice(-8).join("\n")}`);
  }
}
