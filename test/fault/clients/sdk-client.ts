/** The SDK as an application uses it, writing down what it is told; it publishes in order, and each message until it is settled. */

import WebSocket from "ws";
import {
  Edgewire,
  EdgewireError,
  type EdgewireOptions,
  type Room,
  type TransportName,
} from "../../../src/client/index.ts";
import type { Random } from "../random.ts";
import type { Recorder } from "../recorder.ts";
import type { Tokens } from "../tokens.ts";

export interface SdkClientParts {
  readonly name: string;
  readonly user: string;
  /** `room:lobby` */
  readonly channel: string;
  /** Origin. */
  readonly url: string;
  /** Where to begin. */
  readonly after: string;
  readonly transports: readonly TransportName[];
  readonly random: Random;
  readonly recorder: Recorder;
  readonly tokens: Tokens;
  /** s; how long its tokens last. */
  readonly tokenLife: () => number;
  /** A text of the channel. */
  readonly canary: string;
  readonly more?: Partial<EdgewireOptions>;
}

const SHORT = { websocket: "ws", sse: "sse", poll: "poll" } as const;
/** Uncompressed, so that what comes can be searched below it. */
const plain: Partial<EdgewireOptions> = {
  fetch: (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), "accept-encoding": "identity" } }),
  WebSocket: class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false });
    }
  } as unknown as NonNullable<EdgewireOptions["WebSocket"]>,
};
/** The same backoff, so many times shorter: a run has more faults than a life. */
const HURRY = 20;

export class SdkClient {
  readonly parts: SdkClientParts;
  readonly room: Room;
  /** Published, and not settled. */
  pending = 0;
  readonly #wire: Edgewire;
  #connection: string | null = null;
  #serial = 0;
  #count = 0;

  constructor(parts: SdkClientParts) {
    this.parts = parts;
    const { user, channel, url, after, transports, random, recorder, tokens, tokenLife, more } = parts;
    this.#wire = new Edgewire({
      url,
      transports,
      token: () => tokens.mint(user, tokenLife()),
      random: () => random.fraction() / HURRY,
      ...plain,
      ...more,
    });
    this.room = this.#wire.room(channel.slice("room:".length), { after });
    this.room.on("state", (state) => {
      this.#close("code" in state ? state.code : 1006);
      if (state.name === "connected") this.#open(SHORT[state.transport]);
    });
    this.room.on("message", (message) =>
      this.#note((connection) => recorder.note({ type: "message", connection, text: JSON.stringify(message) })),
    );
    this.room.on("gap", (gap) => this.#note((connection) => recorder.note({ type: "gap", connection, ...gap })));
  }

  get cursor(): string | null {
    return this.room.cursor;
  }

  /** One more message. */
  act(): void {
    const { name, user, channel, recorder, canary, random } = this.parts;
    const op = `${name}:${++this.#count}`;
    const id = `${user}-${name}-${this.#count}`;
    const data = { text: canary, n: `${name}-${this.#count}`, filler: "x".repeat(random.below(40)) };
    // Over whatever connections: its order is that of all it publishes.
    const sent = { type: "send", op, channel, user, id, data, over: "ws", connection: `${name}, in order` } as const;
    recorder.note(sent);
    this.pending++;
    this.room
      .publish(data, { id })
      .then(
        ({ cursor, id, at }) => recorder.note({ type: "ok", op, cursor, id, at, duplicate: false }),
        (error) => {
          // Left before it was known: nobody knows.
          if (error instanceof EdgewireError && error.code !== "closed")
            recorder.note({ type: "fail", op, code: error.code });
        },
      )
      .finally(() => void this.pending--);
  }

  stop(): void {
    this.parts.recorder.note({ type: "stop" });
    this.#wire.close();
  }

  #open(transport: "ws" | "sse" | "poll"): void {
    const { name, user, channel, recorder } = this.parts;
    const connection = `${name}#${++this.#serial}`;
    this.#connection = connection;
    const after = this.room.cursor;
    const options = { rewind: null, member: true, presence: false, echo: true };
    recorder.note({ type: "connect", connection, channel, user, transport, after, ...options });
    recorder.note({ type: "welcome", connection, cursor: null, resume: null });
  }

  #close(code: number): void {
    this.#note((connection) => this.parts.recorder.note({ type: "close", connection, code }));
    this.#connection = null;
  }

  #note(write: (connection: string) => void): void {
    if (this.#connection !== null) write(this.#connection);
  }
}
