/** What one long poll answers, put together from the frames that came while it was open. */
import { parseAddress } from "../protocol/address.ts";
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import { MAX_PAGE } from "../protocol/decode-client.ts";
import type { GapFrame, Message, PresenceFrame, ReadFrame, SignalsFrame, WelcomeFrame } from "../protocol/frames.ts";
import { utf8Length } from "../protocol/json.ts";
import { PresenceChanges } from "./presence-changes.ts";

type Frame =
  | WelcomeFrame
  | GapFrame
  | SignalsFrame
  | PresenceFrame
  | ReadFrame
  | { readonly type: "messages"; readonly messages: readonly Message[] };

/** Bytes of messages, unless one alone is larger: as in one frame. */
const MOST_BYTES = 256 * 1024;
const BEFORE_MESSAGES = '{"type":"messages","messages":['.length;

export class PollAnswer {
  readonly #connection: string | null;
  /** Where the reader stands; null: it has not been told yet. */
  #position: Cursor | null;
  #resume: WelcomeFrame["resume"] | null = null;
  #hasNews: boolean;
  /** Nothing more fits: what comes now is for the next poll. */
  #isFull = false;
  #count = 0;
  #bytes = 0;
  #texts = "";
  #gap: Omit<GapFrame, "type"> | null = null;
  #signals: unknown[] = [];
  /** On a user's channel. */
  #inbox: { read: string; unread: number } | null = null;
  /** Whose channel it is: their own messages are never unread. */
  #owner: string | undefined;
  /** The head at the welcome: what comes after it was not counted there. */
  #head = 0;
  #presence: WelcomeFrame["presence"] | null = null;
  readonly #changes = new PresenceChanges();

  /** @param after null: it asks where the head is, which is news to it */
  constructor(after: Cursor | null, connection: string | null) {
    this.#position = after;
    this.#hasNews = after === null;
    this.#connection = connection;
  }

  /** Whether there is something to answer with. */
  get isReady(): boolean {
    return this.#resume !== null && this.#hasNews;
  }

  /** Whether the reader is known to be at the head: until then not even nothing can be answered. */
  get isLive(): boolean {
    return this.#resume === "live";
  }

  take(text: string): void {
    const frame = JSON.parse(text) as Frame;
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "gap":
        return this.#takeGap(frame);
      case "messages":
        return this.#takeMessages(frame.messages, text);
      case "signals":
        this.#signals.push(...frame.signals);
        break;
      case "presence":
        this.#takePresence(frame);
        break;
      case "read":
        this.#inbox = { read: frame.cursor, unread: frame.unread };
        break;
      default:
        return frame satisfies never;
    }
    this.#hasNews = true;
  }

  /** The messages' own texts, so that they are the same bytes as on every transport. */
  toJson(): string {
    const { epoch, seq } = this.#position as Cursor;
    const extras = {
      cursor: formatCursor(epoch, seq),
      gap: this.#gap,
      ...(this.#connection === null ? {} : { connection: this.#connection }),
      ...(this.#signals.length > 0 ? { signals: this.#signals } : {}),
      ...this.#inbox,
      ...(this.#presence === null ? {} : { presence: { ...this.#presence, ...this.#changes.lists() } }),
    };
    return `{"messages":[${this.#texts}],${JSON.stringify(extras).slice(1)}`;
  }

  #welcome({ channel, cursor, presence, resume, read, unread }: WelcomeFrame): void {
    const head = parseCursor(cursor);
    this.#resume = resume;
    this.#position ??= head;
    this.#head = head?.seq ?? 0;
    if (read !== undefined && unread !== undefined) {
      this.#inbox = { read, unread };
      this.#owner = parseAddress(channel)?.id;
    }
    this.#presence = presence ?? null;
  }

  #takeGap({ type: _, ...gap }: GapFrame): void {
    if (this.#count > 0) this.#isFull = true; // the hole is after what this answer holds
    if (this.#isFull) return;
    const oldest = gap.oldest === null ? null : parseCursor(gap.oldest);
    // After a gap the next row may turn out to be unreadable, or the log is cleared: then they are one.
    const reason = gap.reason === "epoch" ? gap.reason : (this.#gap?.reason ?? gap.reason);
    this.#gap = { ...gap, after: this.#gap?.after ?? gap.after, reason };
    this.#position = oldest === null ? parseCursor(gap.cursor ?? "") : { epoch: oldest.epoch, seq: oldest.seq - 1 };
    if (oldest === null) this.#head = this.#position?.seq ?? 0; // all that comes now is new
    // With something retained its messages are on the way.
    this.#hasNews ||= oldest === null;
  }

  #takeMessages(messages: readonly Message[], text: string): void {
    const joined = text.slice(BEFORE_MESSAGES, -2);
    const bytes = utf8Length(joined) + 1;
    const isTooMuch = this.#count + messages.length > MAX_PAGE || this.#bytes + bytes > MOST_BYTES;
    if (this.#count > 0 && isTooMuch) this.#isFull = true;
    const last = messages.at(-1);
    if (this.#isFull || last === undefined) return;
    this.#bytes += bytes;
    this.#texts = this.#count === 0 ? joined : `${this.#texts},${joined}`;
    this.#count += messages.length;
    if (this.#inbox !== null)
      this.#inbox.unread += messages.filter(({ seq, user }) => seq > this.#head && user !== this.#owner).length;
    this.#position = { epoch: this.#position?.epoch ?? "", seq: last.seq };
    this.#hasNews = true;
  }

  #takePresence({ count, ...changes }: PresenceFrame): void {
    this.#presence = { ...this.#presence, count };
    this.#changes.add(changes);
  }
}
