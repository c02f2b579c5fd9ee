/** The SDK as an application uses it, writing down what it is told; it publishes in order, and each message until it is settled. */

import { type Edgewire, EdgewireError, type Room } from "../../../src/client/index.ts";
import type { Random } from "../random.ts";
import type { Recorder } from "../recorder.ts";

export interface SdkClientParts {
  readonly name: string;
  readonly user: string;
  /** `room:lobby` */
  readonly channel: string;
  /** Where to begin. */
  readonly after: string;
  /** Whether one is a member over that transport: not in rooms that are polled together. (SPEC SUB-13) */
  readonly isMember: (transport: Short) => boolean;
  readonly random: Random;
  readonly recorder: Recorder;
  /** A text of the channel. */
  readonly canary: string;
}

type Short = "ws" | "sse" | "poll";

const SHORT = { websocket: "ws", sse: "sse", poll: "poll" } as const;

export class SdkClient {
  readonly parts: SdkClientParts;
  readonly room: Room;
  /** Published, and not settled. */
  pending = 0;
  #connection: string | null = null;
  #serial = 0;
  #count = 0;

  /** @param wire whose room it is */
  constructor(parts: SdkClientParts, wire: Edgewire) {
    this.parts = parts;
    const { channel, after, recorder } = parts;
    this.room = wire.room(channel.slice("room:".length), { after });
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
    this.room.leave();
  }

  #open(transport: Short): void {
    const { name, user, channel, isMember, recorder } = this.parts;
    const connection = `${name}#${++this.#serial}`;
    this.#connection = connection;
    const after = this.room.cursor;
    const options = { rewind: null, member: isMember(transport), presence: false, echo: true };
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
