/**
 * A subscription, which is what an application holds of a channel: how far it was read, who is there, and what waits to be
 * said, over any number of connections.
 */
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import { onAbort } from "./abort.ts";
import type { ConnectionOptions } from "./attempt.ts";
import { type Connection, newConnection } from "./connection.ts";
import { newEmitter } from "./emitter.ts";
import { EdgewireError } from "./errors.ts";
import type { DataOf, EventOf, MessageOf } from "./event-types.ts";
import type { Asked } from "./http.ts";
import { iterate } from "./iterate.ts";
import type { KeptOutbox } from "./kept-outbox.ts";
import type { Query } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import { membersAfter, NOBODY, type PresenceNews } from "./members.ts";
import { newId } from "./new-id.ts";
import type { EdgewireOptions, HistoryOptions, PublishOptions, RoomOptions } from "./options.ts";
import { newOutbox, type Outbox, type Receipt } from "./outbox.ts";
import { afterGap, afterWelcome, cursorIn, type Place } from "./place.ts";
import type {
  GapFrame,
  HistoryPage,
  Json,
  Member,
  Message,
  ServerFrame,
  SignalFrame,
  WelcomeFrame,
} from "./protocol.ts";
import type { RoomEvents } from "./room-events.ts";
import { newSender, type Sender } from "./sender.ts";

export interface RoomParts extends Omit<ConnectionOptions, "end"> {
  readonly options: RoomOptions;
  readonly outbox: NonNullable<EdgewireOptions["outbox"]>;
}

export class Room<Data = Json> {
  readonly #parts: RoomParts;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #sender: Sender;
  /** Aborted when it is closed, with the error that says why. */
  readonly #end = new AbortController();
  /** What others see of this member. */
  #data: Json | undefined;
  /** On a user's channel: messages of others that are not read on any device. */
  protected unread: number | null = null;
  readonly #emitter = newEmitter<RoomEvents<unknown>>();
  #kept: KeptOutbox | null = null;
  #place: Place = null;
  #members = NOBODY;
  #user = "";
  /** The head when the connection was made: what is replayed ends there. */
  #head: Cursor = { epoch: "", seq: 0 };
  #isReplaying = false;

  /** Connects at once. */
  constructor(parts: RoomParts) {
    const { options, environment, outbox, token } = parts;
    const { after, data } = options;
    this.#parts = parts;
    this.#data = data;
    if (after !== undefined) {
      this.#place = parseCursor(after);
      if (!this.#place) throw new EdgewireError("bad_cursor", '"after" is no cursor.');
    }
    this.#outbox = newOutbox(outbox, (left) => this.#kept?.save(this.#user || this.#kept.user, left));
    this.#sender = newSender(this.#outbox, environment, () => this.#connection);
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
    this.#connection = newConnection({ ...parts, token: ready, end: this.#end.signal }, subscriber);
  }

  /** Who one is there, as the service says. Null: not known yet. */
  get user(): string | null {
    return this.#user || null;
  }

  get state(): ConnectionState {
    return this.#connection.state;
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

  /**
   * Resolves once it is on disk. Made offline it waits, in order, and is sent when the connection is back. Rejects with an
   * `EdgewireError`: refused, `outbox_full`, or `closed` by `leave`. Or with the reason of `signal`: then it is not sent
   * any more, but may have been.
   */
  async publish<Event extends EventOf<Data> = EventOf<Data> & "message">(
    data: DataOf<Data, Event>,
    { event, id = newId(), signal }: PublishOptions<Event> = {},
  ): Promise<Receipt> {
    const outbox = this.#outbox;
    const end = this.#end.signal;
    signal?.throwIfAborted();
    end.throwIfAborted();
    if (!/^[ -~]{1,64}$/.test(id)) throw new EdgewireError("bad_id", "An id is 1 to 64 printable ASCII characters.");
    const receipt = outbox.add({ id, event: event ?? "message", data: data as Json });
    this.#sender.send();
    return receipt.finally(onAbort(signal, () => outbox.refused(id, signal?.reason)));
  }

  /** To whoever is there now; never stored. False: there is no connection, or it were too many, and it was not sent. */
  signal(event: string, data: Json = null, { key }: { key?: string } = {}): boolean {
    const frame = { type: "signal", event, data, key } as SignalFrame;
    return this.state.name === "connected" && this.#sender.maySignal() && this.#connection.send(frame);
  }

  /** What others see of this member, from now on and after every reconnect. */
  setData(data: Json): void {
    this.#data = data;
    this.#connection.send({ type: "presence", data });
  }

  /** A page of what was said before. */
  history({ signal, ...query }: HistoryOptions = {}): Promise<HistoryPage> {
    return this.ask("GET", "messages", { query, signal });
  }

  /** For good: a leave is told at once, what waits to be sent is rejected, and nothing is called back any more. */
  leave(): void {
    this.#connection.send({ type: "leave" });
    this.#connection.close();
  }

  /** Messages as they come, until the subscription ends; throws the signal's reason, or `overloaded` to a slow reader. */
  messages({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<MessageOf<Data>, void, void> {
    return iterate((take: (message: MessageOf<Data>) => void) => this.on("message", take), this.#end.signal, signal);
  }

  [Symbol.asyncIterator](): AsyncGenerator<MessageOf<Data>, void, void> {
    return this.messages();
  }

  /** One request about this channel, by the application's own token. It ends with the subscription. */
  protected async ask<Answer>(method: string, endpoint: string, what: Asked): Promise<Answer> {
    const { ask } = await import("./later.ts");
    return ask(this.#parts, this.#end.signal, method, endpoint, what);
  }

  protected readTo(cursor: string, unread: number): void {
    this.unread = unread;
    this.#emitter.emit("read", { cursor, unread });
  }

  async #restore(): Promise<void> {
    const { environment, path } = this.#parts;
    const { keptOutbox } = await import("./later.ts");
    if (this.#kept || this.state.name === "connected") return;
    this.#kept = keptOutbox(environment, `edgewire.outbox ${path}`);
    this.#outbox.restore(this.#kept.drafts);
  }

  #query(): Query {
    const { rewind, presence, member } = this.#parts.options;
    return {
      // Until the first message came one stands nowhere, and asks for the same again.
      ...(this.cursor ? { after: this.cursor } : { rewind }),
      presence,
      member: member === undefined ? member : Number(member),
      data: JSON.stringify(this.#data),
    };
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#caughtUp();
      case "gap":
        return this.#gap(frame);
      case "messages":
        for (const message of frame.messages) if (!this.#end.signal.aborted) this.#message(message);
        return;
      case "signals":
        for (const signal of frame.signals) this.#emitter.emit("signal", signal);
        return;
      case "presence":
        return this.#presence(frame);
      case "ack":
        return this.#sender.acknowledged(frame);
      case "acks":
        for (const ack of frame.acks) this.#sender.acknowledged(ack);
        return;
      case "error":
        return this.#sender.refused(frame);
      case "read":
        return this.readTo(frame.cursor, frame.unread);
    }
  }

  /** All that it brings, so that whoever hears that it is connected finds it here. */
  #begin(welcome: WelcomeFrame): void {
    const { cursor, user, limits, presence, read, unread } = welcome;
    this.#place = afterWelcome(this.#place, welcome);
    this.#head = cursorIn(cursor);
    this.#user = user;
    this.#isReplaying = true;
    const kept = this.#kept?.user;
    if (kept && user && kept !== user) this.#outbox.forgetKept();
    this.#sender.begin(limits);
    if (presence) this.#presence(presence);
    if (unread !== undefined && read) this.readTo(read, unread);
  }

  #gap({ type: _, ...gap }: GapFrame): void {
    this.#place = afterGap(gap);
    this.#emitter.emit("gap", gap);
    this.#caughtUp();
  }

  #message(message: Message): void {
    const { id, seq, at, user } = message;
    const { epoch, seq: last } = this.#place ?? { ...this.#head, seq: seq - 1 };
    if (seq <= last) return; // known already
    if (seq > last + 1) throw new Error("a message is missing");
    // Before the application hears of it, so that it may store the cursor in its handler.
    this.#place = { epoch, seq };
    if (user === this.#user) this.#sender.stored({ seq, cursor: formatCursor(epoch, seq), id, at });
    else if (this.unread !== null && seq > this.#head.seq) this.unread++;
    this.#emitter.emit("message", message as never);
    this.#caughtUp();
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
    if (!this.#isReplaying || isBehind || this.#end.signal.aborted) return;
    this.#isReplaying = false;
    this.#sender.caughtUp();
  }

  #stateChanged(state: ConnectionState): void {
    if (state.name !== "connected") this.#sender.pause();
    if (state.name !== "closed") return this.#emitter.emit("state", state);
    const { code, reason } = state;
    const error = new EdgewireError("closed", `The room is closed (${reason || code}).`);
    this.#outbox.close(error);
    this.#end.abort(error);
    this.#emitter.emit("state", state);
    this.#emitter.clear();
  }
}
