/** A subscription: one channel, how far it was read, who is there, and what waits to be said, over any number of connections. */
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import type { ConnectionOptions } from "./attempt.ts";
import { type Connection, newConnection } from "./connection.ts";
import { newEmitter } from "./emitter.ts";
import { EdgewireError } from "./errors.ts";
import type { MessageOf } from "./event-types.ts";
import type { KeptOutbox } from "./kept-outbox.ts";
import type { Query } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import { membersAfter, NOBODY, type PresenceChange, type PresenceNews } from "./members.ts";
import type { EdgewireOptions, RoomOptions } from "./options.ts";
import { newOutbox, type Outbox } from "./outbox.ts";
import { afterGap, afterWelcome, cursorIn, type Place } from "./place.ts";
import type { GapFrame, Json, Member, Message, ServerFrame, Signal, WelcomeFrame } from "./protocol.ts";
import { type Ack, newSender, type Sender } from "./sender.ts";

export interface RoomEvents<Data> {
  /** Each once, in order, whatever happened to the connection. */
  message: MessageOf<Data>;
  signal: Signal;
  /** Who is there has changed; `room.members` and `room.count` say how it is now. */
  presence: PresenceChange;
  /** Messages are gone that this subscriber has not seen: load the state of your application anew. */
  gap: Omit<GapFrame, "type">;
  /** On a user's channel: it was read up to `cursor`, here or on another device. */
  read: { readonly cursor: string; readonly unread: number };
  state: ConnectionState;
}

export interface SubscriptionParts extends Omit<ConnectionOptions, "end"> {
  readonly options: RoomOptions;
  readonly outbox: NonNullable<EdgewireOptions["outbox"]>;
}

export class Subscription<Data = Json> {
  protected readonly parts: SubscriptionParts;
  protected readonly connection: Connection;
  protected readonly outbox: Outbox;
  protected readonly sender: Sender;
  /** Aborted when it is closed, with the error that says why. */
  protected readonly end = new AbortController();
  /** What others see of this member. */
  protected data: Json | undefined;
  /** On a user's channel: messages of others that are not read on any device. */
  protected unread: number | null = null;
  readonly #isSilenced: boolean;
  readonly #emitter = newEmitter<RoomEvents<unknown>>();
  #kept: KeptOutbox | null = null;
  #place: Place = null;
  #members = NOBODY;
  #user = "";
  /** The head when the connection was made: what is replayed ends there. */
  #head: Cursor = { epoch: "", seq: 0 };
  #isReplaying = false;
  /** Without an echo: what was published here and is ahead of the place. It will not come. */
  readonly #unechoed = new Set<number>();

  /** Connects at once. */
  constructor(parts: SubscriptionParts) {
    const { options, environment, outbox, token } = parts;
    const { after, data, echo } = options;
    this.parts = parts;
    this.data = data;
    this.#isSilenced = echo === false;
    if (after !== undefined) {
      this.#place = parseCursor(after);
      if (!this.#place) throw new EdgewireError("bad_cursor", '"after" is no cursor.');
    }
    this.outbox = newOutbox(outbox, (left) => this.#kept?.save(this.#user || this.#kept.user, left));
    this.sender = newSender(this.outbox, environment, () => this.connection);
    const subscriber = {
      query: () => this.#query(),
      welcome: (welcome: WelcomeFrame) => this.#begin(welcome),
      frame: (frame: ServerFrame) => this.#frame(frame),
      stateChanged: (state: ConnectionState) => this.#stateChanged(state),
    };
    const ready = async () => {
      // Nothing is dialled before it is known what an earlier page left; unless what knows it cannot be loaded.
      if (outbox.persist && !this.#kept) await this.#restore().catch(() => undefined);
      return token();
    };
    this.connection = newConnection({ ...parts, token: ready, end: this.end.signal }, subscriber);
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  /** How far it was read: give it back as `after` to go on from here. Null: nothing is known yet. */
  get cursor(): string | null {
    return this.#place && formatCursor(this.#place.epoch, this.#place.seq);
  }

  /** By user id, the same list until somebody changes. Of more than 100 the first, and those that changed since. */
  get members(): readonly Member[] {
    return this.#members.list;
  }

  /** Null: not known, or not asked for (`presence`). */
  get count(): number | null {
    return this.#members.count;
  }

  /** Returns its own undo. */
  on<Name extends keyof RoomEvents<Data>>(name: Name, handler: (value: RoomEvents<Data>[Name]) => void): () => void {
    // What a message carries is known to the application, and to nobody here.
    return this.#emitter.on(name, handler as never);
  }

  protected readTo(cursor: string, unread: number): void {
    this.unread = unread;
    this.#emitter.emit("read", { cursor, unread });
  }

  async #restore(): Promise<void> {
    const { environment, path } = this.parts;
    const { keptOutbox } = await import("./later.ts");
    if (this.#kept || this.state.name === "connected") return;
    this.#kept = keptOutbox(environment, `edgewire.outbox ${path}`);
    this.outbox.restore(this.#kept.drafts);
  }

  #query(): Query {
    const { rewind, presence, member } = this.parts.options;
    return {
      // Until the first message came one stands nowhere, and asks for the same again.
      ...(this.cursor ? { after: this.cursor } : { rewind }),
      presence,
      member: member === undefined ? undefined : Number(member),
      echo: this.#isSilenced ? 0 : undefined,
      data: JSON.stringify(this.data),
    };
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "gap":
        return this.#gap(frame);
      case "messages":
        for (const message of frame.messages) if (!this.end.signal.aborted) this.#message(message);
        return;
      case "signals":
        for (const signal of frame.signals) this.#emitter.emit("signal", signal);
        return;
      case "presence":
        return this.#presence(frame);
      case "ack":
        return this.#acknowledged(frame);
      case "acks":
        for (const ack of frame.acks) this.#acknowledged(ack);
        return;
      case "error":
        return this.sender.refused(frame);
      case "read":
        return this.readTo(frame.cursor, frame.unread);
    }
  }

  #begin(welcome: WelcomeFrame): void {
    const { cursor, user, limits } = welcome;
    this.#place = afterWelcome(this.#place, welcome);
    this.#head = cursorIn(cursor);
    this.#user = user;
    this.#isReplaying = true;
    const kept = this.#kept?.user;
    if (kept && user && kept !== user) this.outbox.forgetKept();
    this.sender.begin(limits);
  }

  #welcome({ presence, read, unread }: WelcomeFrame): void {
    if (presence) this.#presence(presence);
    if (unread !== undefined && read) this.readTo(read, unread);
    this.#caughtUp();
  }

  #gap({ type: _, ...gap }: GapFrame): void {
    this.#place = afterGap(gap);
    this.#unechoed.clear();
    this.#emitter.emit("gap", gap);
    this.#caughtUp();
  }

  #message(message: Message): void {
    const { id, seq, at, user } = message;
    const { epoch, seq: last } = this.#place ?? { ...this.#head, seq: seq - 1 };
    if (seq <= last) return; // known already
    // Without an echo what is missing may be one's own.
    if (seq > last + 1 && !this.#isSilenced) throw new Error("a message is missing");
    const isOwn = user === this.#user;
    const isUnechoed = this.#isSilenced && isOwn && (this.#unechoed.has(seq) || this.outbox.has(id));
    // Before the application hears of it, so that it may store the cursor in its handler.
    this.#moveTo({ epoch, seq });
    if (isOwn) this.sender.stored({ seq, cursor: formatCursor(epoch, seq), id, at });
    else if (this.unread !== null && seq > this.#head.seq) this.unread++;
    if (!isUnechoed) this.#emitter.emit("message", message as never);
    this.#caughtUp();
  }

  #acknowledged(ack: Ack): void {
    const receipt = this.sender.acknowledged(ack);
    if (!receipt || !this.#isSilenced) return;
    const { epoch, seq } = cursorIn(receipt.cursor);
    const place = this.#place;
    if (place?.epoch !== epoch || seq <= place.seq) return;
    this.#unechoed.add(seq);
    this.#moveTo(place);
  }

  /** There, and on over what will not come. */
  #moveTo({ epoch, seq }: Cursor): void {
    let at = seq;
    while (this.#unechoed.delete(at + 1)) at++;
    this.#place = { epoch, seq: at };
  }

  #presence(news: PresenceNews): void {
    const after = membersAfter(this.#members, news);
    if (!after) return;
    this.#members = after.members;
    this.#emitter.emit("presence", after.change);
  }

  /** What came back in the replay is not sent again: so nothing is sent before its end. */
  #caughtUp(): void {
    const place = this.#place;
    // At the head, or in a later life of the log, of which the head says nothing.
    const isBehind = !place || (place.epoch === this.#head.epoch && place.seq < this.#head.seq);
    if (!this.#isReplaying || isBehind || this.end.signal.aborted) return;
    this.#isReplaying = false;
    this.sender.caughtUp();
  }

  #stateChanged(state: ConnectionState): void {
    if (state.name !== "connected") this.sender.pause();
    if (state.name !== "closed") return this.#emitter.emit("state", state);
    const { code, reason } = state;
    const error = new EdgewireError("closed", `The subscription is closed (${reason || code}).`);
    this.outbox.close(error);
    this.end.abort(error);
    this.#emitter.emit("state", state);
    this.#emitter.clear();
  }
}
