/** Edgewire's dialect (contract, sections 2 and 4): a server's key publishing for many users, over WebSocket. */
import type { Dialect, Events, MessageReader } from "./dialect.ts";
import { markerText, messageName, payloadText, scanMarkers } from "./marker.ts";
import { MessageAudit } from "./message-audit.ts";

// What the frequent frames begin with. A frame that begins otherwise is parsed.
const MESSAGES = Buffer.from('{"type":"messages"');
const RETRY = Buffer.from("retry:");
const ACK_OR_ACKS = Buffer.from('{"type":"ack');

/** Said by the server without being asked; harmless here. */
const IGNORED = new Set(["presence", "signals", "read"]);

export function edgewireDialect(apiKey: string, acks: "batch" | "single"): Dialect {
  const batch = acks === "batch" ? "&acks=batch" : "";
  return {
    headers: [`Authorization: Bearer ${apiKey}`],
    greeting: { frames: 1, reply: null }, // the first frame is always the welcome (SPEC CONNECT-4)
    acknowledgesByEcho: false,
    // A user may have 20 connections to a channel, so every socket is a user of its own.
    path: (room, user) => `/v1/rooms/${room}/connect?user=${userName(user)}${batch}`,
    eventsPath: (room, user) => `/v1/rooms/${room}/events?user=${userName(user)}&member=1`,
    publishText: (publisher) =>
      JSON.stringify({
        type: "publish",
        ref: markerText(publisher, 0),
        id: messageName(publisher, 0),
        data: payloadText(publisher, 0),
      }),
    reader: (events, audits) => new EdgewireReader(events, audits ? new MessageAudit() : null),
  };
}

export function userName(user: number): string {
  return `b${user}`;
}

class EdgewireReader implements MessageReader {
  readonly #events: Events;
  readonly #audit: MessageAudit | null;

  constructor(events: Events, audit: MessageAudit | null) {
    this.#events = events;
    this.#audit = audit;
  }

  read(bytes: Uint8Array, start: number, end: number): void {
    if (startsWith(bytes, start, MESSAGES)) this.#messages(bytes, start, end);
    else if (startsWith(bytes, start, ACK_OR_ACKS)) scanMarkers(bytes, start, end, this.#events.acknowledged);
    else this.#other(bytes, start, end);
  }

  /** One at the start, which is no message, and then nothing but messages, the news of members and comments. */
  readEvents(bytes: Uint8Array, start: number, end: number): void {
    if (startsWith(bytes, start, RETRY)) this.#events.ready();
    scanMarkers(bytes, start, end, this.#events.delivered);
  }

  #messages(bytes: Uint8Array, start: number, end: number): void {
    scanMarkers(bytes, start, end, this.#events.delivered);
    if (this.#audit === null) return;
    const problem = this.#audit.check(parse(bytes, start, end));
    if (problem !== null) this.#events.fault(problem);
  }

  #other(bytes: Uint8Array, start: number, end: number): void {
    const frame = parse(bytes, start, end) as { type?: unknown };
    if (frame.type === "welcome") this.#events.ready();
    else if (frame.type === "messages") this.#messages(bytes, start, end);
    else if (frame.type === "ack" || frame.type === "acks") scanMarkers(bytes, start, end, this.#events.acknowledged);
    else if (!IGNORED.has(String(frame.type))) this.#events.fault(`the server sent ${JSON.stringify(frame)}`);
  }
}

function parse(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
}

function startsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
