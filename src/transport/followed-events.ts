/**
 * What comes of several channels on one socket as events of one stream. Its ids say where the reader stands in all of them.
 * (SPEC SUB-11, SUB-12)
 */
import { comebackAfter } from "../protocol/codes.ts";
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import { messageEvent, serverEvent } from "../protocol/event-stream.ts";
import type { GapFrame, Message, ServerFrame, WelcomeFrame } from "../protocol/frames.ts";
import type { Followed } from "./followed.ts";

/** Between the positions of an id, which are cursors or nothing. */
const BETWEEN = ".";

export interface Translated {
  readonly events: string;
  /** The stream ends after them. */
  readonly end: { readonly code: number; readonly reason: string } | null;
}

export class FollowedEvents {
  readonly #own: string;
  readonly #named: boolean;
  /** Where the reader stands, in the order of the request, its own channel first; null: not known yet. */
  readonly #positions = new Map<string, Cursor | null>();

  constructor(own: Followed, channels: readonly Followed[], named: boolean) {
    this.#own = own.address;
    this.#named = named;
    for (const { address, cursor } of [own, ...channels]) this.#positions.set(address, cursor);
  }

  translate(text: string): Translated {
    const frame = JSON.parse(text) as ServerFrame;
    const channel = "channel" in frame && frame.channel !== undefined ? frame.channel : this.#own;
    switch (frame.type) {
      case "welcome":
        return told(this.#welcome(channel, frame));
      case "gap":
        return told(this.#gap(channel, frame));
      case "messages":
        return told(frame.messages.map((message) => this.#message(channel, message)).join(""));
      case "signals":
        return told(
          frame.signals.map((signal) => serverEvent("signal", JSON.stringify({ channel, ...signal }))).join(""),
        );
      case "presence":
      case "read": {
        const { type, ...fields } = frame;
        return told(serverEvent(type, JSON.stringify({ ...fields, channel })));
      }
      case "unsubscribed": {
        const { type, code, reason } = frame;
        const isOver = comebackAfter(code) === "retry"; // all of them go on from where they are
        return {
          events: serverEvent(type, JSON.stringify({ channel, code, reason })),
          end: isOver ? { code, reason } : null,
        };
      }
      default:
        return told(""); // answers to frames, of which a stream sends none
    }
  }

  #welcome(channel: string, { type, ...fields }: WelcomeFrame): string {
    if (fields.resume === "live") this.#positions.set(channel, parseCursor(fields.cursor));
    return serverEvent(type, JSON.stringify(fields), this.#id());
  }

  #gap(channel: string, { type, ...fields }: GapFrame): string {
    const oldest = fields.oldest === null ? null : parseCursor(fields.oldest);
    const reached = oldest === null ? parseCursor(fields.cursor ?? "") : { epoch: oldest.epoch, seq: oldest.seq - 1 };
    this.#positions.set(channel, reached);
    return serverEvent(type, JSON.stringify({ ...fields, channel }), this.#id());
  }

  #message(channel: string, message: Message): string {
    const epoch = this.#positions.get(channel)?.epoch;
    if (epoch !== undefined) this.#positions.set(channel, { epoch, seq: message.seq });
    return messageEvent(JSON.stringify({ channel, ...message }), this.#id(), this.#named);
  }

  #id(): string {
    return [...this.#positions.values()]
      .map((position) => (position === null ? "" : formatCursor(position.epoch, position.seq)))
      .join(BETWEEN);
  }
}

/** The positions that an id says, for so many channels; null: it is none of theirs. */
export function positionsIn(id: string, count: number): (Cursor | null)[] | null {
  const parts = id.split(BETWEEN);
  const positions = parts.map((part) => parseCursor(part));
  const isLegible = positions.every((position, index) => position !== null || parts[index] === "");
  return parts.length === count && isLegible ? positions : null;
}

function told(events: string): Translated {
  return { events, end: null };
}
