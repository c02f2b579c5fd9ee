/** A subscription: one channel, how far it was read, who is there, and what waits to be said, over any number of connections. */
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { EdgewireError } from "./errors.ts";
import { KeptOutbox } from "./kept-outbox.ts";
import type { ConnectionState } from "./machine.ts";
import { Members, type PresenceChange, type PresenceNews } from "./members.ts";
import type { RoomOptions } from "./options.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { afterGap, afterWelcome, judge, type Place } from "./place.ts";
import type { GapFrame, Json, Message, ServerFrame, Signal, WelcomeFrame } from "./protocol.ts";
import { Sender } from "./sender.ts";

export interface SubscriptionEvents {
  message: Message;
  signal: Signal;
  presence: PresenceChange;
  gap: Omit<GapFrame, "type">;
  read: { readonly cursor: string; readonly unread: number };
  state: ConnectionState;
}

export interface SubscriptionParts {
  readonly connection: ConnectionOptions;
  readonly options: RoomOptions;
  readonly outbox: OutboxLimits;
  /** Where the outbox is kept over a reload; null: nowhere. */
  readonly kept: string | null;
}

export class Subscription {
  readonly emitter = new Emitter<SubscriptionEvents>();
  readonly members = new Members();
  readonly connection: Connection;
  readonly sender: Sender;
  place: Place;
  /** On a user's channel: messages of others that are not read on any device. */
  unread: number | null = null;
  /** What others see of this member. */
  data: Json | undefined;
  readonly #options: RoomOptions;
  readonly #kept: KeptOutbox;
  #user: string | null = null;
  /** The head when the connection was made: what is replayed ends there. */
  #head: Cursor = { epoch: "", seq: 0 };
  #isReplaying = false;
  /** And nobody was told yet. */
  #hasConnected = false;
  /** Without an echo: what was published here and is ahead of the place. It will not come. */
  readonly #unechoed = new Set<number>();

  constructor({ connection, options, outbox, kept }: SubscriptionParts) {
    const { environment } = connection;
    const { after, data } = options;
    this.#options = options;
    this.data = data;
    this.place = after === undefined ? null : parseCursor(after);
    if (after !== undefined && this.place === null) throw new EdgewireError("bad_cursor", '"after" is no cursor.');
    this.#kept = new KeptOutbox(kept === null ? null : environment.storage, kept ?? "");
    const waiting: Outbox = new Outbox(outbox, this.#kept.drafts, () =>
      this.#kept.save(this.#user, () => waiting.drafts),
    );
    this.sender = new Sender(waiting, environment, {
      send: (frame) => this.connection.send(frame),
      stalled: () => this.connection.distrust("nothing is answered"),
    });
    this.connection = new Connection(connection, {
      query: () => this.#query(),
      fits: (welcome) => afterWelcome(this.place, welcome) !== undefined,
      frame: (frame) => this.#frame(frame),
      stateChanged: (state) => this.#stateChanged(state),
    });
  }

  get user(): string | null {
    return this.#user;
  }

  get isClosed(): boolean {
    return this.connection.state.name === "closed";
  }

  /** For good: what waits to be sent is rejected, and nothing is called back any more. */
  close(): void {
    this.connection.close();
  }

  readTo(cursor: string, unread: number): void {
    this.unread = unread;
    this.emitter.emit("read", { cursor, unread });
  }

  #query(): Record<string, string> {
    const { rewind, presence, member, echo } = this.#options;
    const query: Record<string, string> = {};
    // Until the first message came one stands nowhere, and asks for the same again.
    if (this.place !== null) query.after = formatCursor(this.place.epoch, this.place.seq);
    else if (rewind !== undefined) query.rewind = String(rewind);
    if (presence !== undefined) query.presence = presence;
    if (member !== undefined) query.member = member ? "1" : "0";
    if (echo === false) query.echo = "0";
    if (this.data !== undefined) query.data = JSON.stringify(this.data);
    return query;
  }

  #frame(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "gap":
        return this.#gap(frame);
      case "messages":
        return frame.messages.every((message) => this.isClosed || this.#message(message));
      case "signals":
        for (const signal of frame.signals) this.emitter.emit("signal", signal);
        return true;
      case "presence":
        this.#presence(frame);
        return true;
      case "ack":
        return this.#acknowledged(frame);
      case "acks":
        return frame.acks.every((ack) => this.#acknowledged(ack));
      case "error":
        this.sender.refused(frame);
        return true;
      case "read":
        this.readTo(frame.cursor, frame.unread);
        return true;
      default:
        return frame satisfies never;
    }
  }

  #welcome(welcome: WelcomeFrame): boolean {
    const { cursor, user, resume, presence, read, unread, limits } = welcome;
    this.place = afterWelcome(this.place, welcome) ?? null;
    this.#head = parseCursor(cursor) as Cursor;
    this.#user = user;
    this.#isReplaying = resume !== "live";
    if (this.#kept.user !== null && user !== "" && this.#kept.user !== user) this.sender.outbox.forgetKept();
    this.sender.begin(limits, !this.#isReplaying);
    if (presence !== undefined) this.#presence(presence);
    if (unread !== undefined && read !== undefined) this.readTo(read, unread);
    // Only now, so that whoever hears of it finds here what the welcome has brought.
    if (this.#hasConnected) this.emitter.emit("state", this.connection.state);
    this.#hasConnected = false;
    this.#caughtUp();
    return true;
  }

  #gap({ type: _, ...gap }: GapFrame): boolean {
    const place = afterGap(gap);
    if (place === undefined) return false;
    this.place = place;
    this.#unechoed.clear();
    this.emitter.emit("gap", gap);
    this.#caughtUp();
    return true;
  }

  #message(message: Message): boolean {
    const { seq } = message;
    const isSilenced = this.#options.echo === false;
    const judgement = judge(this.place, seq);
    if (judgement === "known") return true;
    // Without an echo what is missing may be one's own.
    if (judgement === "hole" && !isSilenced) return false;
    const isOwn = message.user === this.#user;
    const isUnechoed = isSilenced && isOwn && (this.#unechoed.has(seq) || this.sender.outbox.has(message.id));
    // Before the application hears of it, so that it may store the cursor in its handler.
    this.#moveTo({ epoch: this.place?.epoch ?? this.#head.epoch, seq });
    if (isOwn) this.sender.cameBack(message, formatCursor(this.#epoch, seq));
    if (this.unread !== null && seq > this.#head.seq && !isOwn) this.unread++;
    if (!isUnechoed) this.emitter.emit("message", message);
    this.#caughtUp();
    return true;
  }

  get #epoch(): string {
    return this.place?.epoch ?? this.#head.epoch;
  }

  #acknowledged(ack: { readonly ref: string; readonly [field: string]: unknown }): boolean {
    const isPublish = this.sender.outbox.has(ack.ref);
    if (!this.sender.acknowledged(ack)) return false;
    if (!isPublish || this.#options.echo !== false) return true;
    const stored = parseCursor(ack.cursor as string);
    if (this.place === null || stored?.epoch !== this.place.epoch || stored.seq <= this.place.seq) return true;
    this.#unechoed.add(stored.seq);
    this.#moveTo(this.place);
    return true;
  }

  /** There, and on over what will not come. */
  #moveTo({ epoch, seq }: Cursor): void {
    let at = seq;
    while (this.#unechoed.delete(at + 1)) at++;
    for (const own of this.#unechoed) if (own <= at) this.#unechoed.delete(own);
    this.place = { epoch, seq: at };
  }

  #presence(news: PresenceNews): void {
    const change = this.members.change(news);
    if (change !== null) this.emitter.emit("presence", change);
  }

  /** What came back in the replay is not sent again: so nothing is sent before its end. */
  #caughtUp(): void {
    if (!this.#isReplaying || this.isClosed) return;
    const { place } = this;
    if (place === null || (place.epoch === this.#head.epoch && place.seq < this.#head.seq)) return;
    // At the head, or in a later life of the log, of which the head says nothing.
    this.#isReplaying = false;
    this.sender.caughtUp();
  }

  #stateChanged(state: ConnectionState): void {
    this.#hasConnected = state.name === "connected";
    if (this.#hasConnected) return;
    this.sender.pause();
    if (state.name === "closed") this.sender.close(closedError(state));
    this.emitter.emit("state", state);
    if (state.name === "closed") this.emitter.clear();
  }
}

export function closedError({ code, reason }: { code: number; reason: string }): EdgewireError {
  return new EdgewireError("closed", `The subscription is closed${code === 1000 ? "" : ` (${code} ${reason})`}.`);
}
