/**
 * What differs between servers as the load generator sees them: where to connect, how to be let in, how to publish, and
 * what moves a publisher's window. Everything that costs time or is counted is shared.
 */
import type { MarkerSink } from "./marker.ts";

/** What a dialect makes of the messages that one subscriber reads. */
export interface Events {
  delivered: MarkerSink;
  /** A publish of this connection was acknowledged. */
  acknowledged: MarkerSink;
  /** The server is ready for this connection. */
  ready(): void;
  /** The server said something that must not occur in this benchmark. */
  fault(reason: string): void;
  /** What the protocol wants said, as a text frame. */
  reply(text: string): void;
}

/** What comes before the first message. */
export interface Greeting {
  /** Frames of the server's until one is in; 0: one is in when the handshake is done. */
  frames: number;
  /** What to say when the first of them has come; null: nothing. */
  reply: string | null;
}

export interface MessageReader {
  /** Reads one text message, `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): void;
  /** Reads whole events of a stream. */
  readEvents?(bytes: Uint8Array, start: number, end: number): void;
}

export interface Dialect {
  readonly headers: readonly string[];
  readonly greeting: Greeting;
  /** Whether a publisher's own message coming back acknowledges it. */
  readonly acknowledgesByEcho: boolean;
  /** @param user the number of the subscriber's */
  path(room: string, user: number): string;
  /** The same of an event stream; null: it has none. */
  readonly eventsPath: ((room: string, user: number) => string) | null;
  /** The text that publishes message 0 of `publisher`: the counts in it are written over for the others. */
  publishText(publisher: number): string;
  /** @param audits whether this subscriber looks at every field of every message, not only at the marker */
  reader(events: Events, audits: boolean): MessageReader;
}
