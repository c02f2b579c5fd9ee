/** Many rooms on one socket (SPEC SUB-1, SUB-2): frames carry their channel, and go to whoever reads that room. */
import { textFrame } from "./client-frame.ts";
import type { MessageReader } from "./dialect.ts";

/** A channel stands at the beginning, in an ack the `ref`, and neither is longer than this. */
const HEAD_BYTES = 200;
const HEAD = /^\{"type":"(\w+)"(?:,"(?:channel":"room:|ref":")([^"]+)")?/;
/** Of the socket's own channel, harmless here. */
const OWN = new Set(["welcome", "presence", "signals", "read"]);

/** The frames that subscribe to rooms, in one piece; each room's name is its `ref` as well. */
export function subscribeFrames(rooms: readonly string[]): Uint8Array {
  const frames = rooms.map((room) =>
    textFrame(JSON.stringify({ type: "subscribe", ref: room, channel: `room:${room}` })),
  );
  return Buffer.concat(frames);
}

/** Reads what comes by a socket with subscriptions. */
export class SubscriptionReader implements MessageReader {
  readonly #rooms: ReadonlyMap<string, MessageReader>;
  readonly #joined: (room: string) => void;
  readonly #fault: (reason: string) => void;

  /**
   * @param rooms who reads the frames of each
   * @param joined called with a room when its subscription is acknowledged
   */
  constructor(
    rooms: ReadonlyMap<string, MessageReader>,
    joined: (room: string) => void,
    fault: (reason: string) => void,
  ) {
    this.#rooms = rooms;
    this.#joined = joined;
    this.#fault = fault;
  }

  read(bytes: Uint8Array, start: number, end: number): void {
    const length = Math.min(end - start, HEAD_BYTES);
    const head = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");
    const [, type = "", room] = HEAD.exec(head) ?? [];
    const reader = room === undefined ? undefined : this.#rooms.get(room);
    if (room === undefined ? !OWN.has(type) : reader === undefined) this.#fault(`the server sent ${head}`);
    else if (room !== undefined && type === "ack") this.#joined(room);
    else reader?.read(bytes, start, end);
  }
}
