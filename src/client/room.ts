/** A subscription: one channel, how far it was read, and what waits to be said. All that an application holds. */
import { formatCursor, parseCursor } from "../protocol/cursor.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { EdgewireError } from "./errors.ts";
import { request } from "./http.ts";
import { urlOf } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import { Members } from "./members.ts";
import type { HistoryOptions, PublishOptions, RoomOptions } from "./options.ts";
import { Outbox, type OutboxLimits, type Receipt } from "./outbox.ts";
import { afterGap, afterWelcome, cursorOf, type Place, take } from "./place.ts";
import type { GapFrame, HistoryPage, Json, Member, Message, ServerFrame, Signal, WelcomeFrame } from "./protocol.ts";
import { Sender } from "./sender.ts";

export interface RoomEvents<Data> {
  /** Each once, in order, whatever happened to the connection. */
  message: Message & { readonly data: Data };
  signal: Signal;
  /** Who is there has changed; `room.members` and `room.count` say how it is now. */
  presence: { readonly count: number; readonly joined: readonly Member[]; readonly left: readonly { user: string }[] };
  /** Messages are gone that this subscriber has not seen: load the state of your application anew. */
  gap: Omit<GapFrame, "type">;
  /** On a user's channel: it was read up to `cursor`, here or on another device. */
  read: { readonly cursor: string; readonly unread: number };
  state: ConnectionState;
}

export interface RoomParts {
  readonly connection: ConnectionOptions;
  readonly options: RoomOptions;
  readonly outbox: OutboxLimits;
  /** Where the outbox is kept over a reload; null: nowhere. */
  readonly kept: string | null;
}

export class Room<Data extends Json = Json> {
  readonly #parts: RoomParts;
  readonly #emitter = new Emitter<RoomEvents<Data>>();
  readonly #connection: Connection;
  readonly #sender: Sender;
  readonly #members = new Members();
  #place: Place;
  #epoch = "";
  /** Where the replay ends; null: it has. */
  #replayUntil: number | null = null;
  #user: string | null = null;
  #welcomed = false;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    const { environment } = parts.connection;
    const { after } = parts.options;
    this.#place = after === undefined ? null : parseCursor(after);
    if (after !== undefined && this.#place === null) throw new EdgewireError("bad_cursor", '"after" is no cursor.');
    const { kept } = parts;
    const storage = kept === null ? null : environment.storage;
    const outbox = new Outbox(parts.outbox, keptDrafts(storage?.getItem(kept ?? "") ?? null), (drafts) => {
      if (kept === null) return;
      if (drafts.length === 0) storage?.removeItem(kept);
      else storage?.setItem(kept, JSON.stringify(drafts));
    });
    this.#sender = new Sender(outbox, environment, (frame) => this.#connection.send(frame));
    this.#connection = new Connection(parts.connection, {
      query: () => this.#query(),
      frame: (frame) => this.#frame(frame),
      stateChanged: (state) => this.#stateChanged(state),
    });
  }

  // ---- what an application sees

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** How far it was read: give it back as `after` to go on from here. Null: nothing is known yet. */
  get cursor(): string | null {
    return cursorOf(this.#place);
  }

  get members(): readonly Member[] {
    return this.#members.list();
  }

  /** Null: not known, or not asked for (`presence`). */
  get count(): number | null {
    return this.#members.count;
  }

  /** Returns its own undo. */
  on<Name extends keyof RoomEvents<Data>>(name: Name, handler: (value: RoomEvents<Data>[Name]) => void): () => void {
    return this.#emitter.on(name, handler);
  }

  /**
   * Resolves once it is on disk. Made offline it waits, in order, and is sent when the connection is back. Rejects with an
   * `EdgewireError`: refused, `outbox_full`, or `closed` by `leave`.
   */
  async publish(data: Data, { event = "message", id = crypto.randomUUID() }: PublishOptions = {}): Promise<Receipt> {
    if (this.state.name === "closed") throw closedError(this.state);
    const receipt = this.#sender.outbox.add({ id, event, data });
    this.#sender.send();
    return receipt;
  }

  /** To whoever is there now; never stored. While there is no connection it goes nowhere. */
  signal(event: string, data: Json = null, { key }: { key?: string } = {}): void {
    this.#connection.send({ type: "signal", event, data, ...(key === undefined ? {} : { key }) });
  }

  /** What others see of this member, from now on and after every reconnect. */
  setData(data: Json): void {
    this.#data = data;
    this.#connection.send({ type: "presence", data });
  }

  /** A page of what was said before. */
  history({ signal, ...query }: HistoryOptions = {}): Promise<HistoryPage> {
    const text = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.ask<HistoryPage>("GET", "messages", { query: text, signal });
  }

  /** For good: a leave is told at once, what waits to be sent is rejected, and nothing is called back any more. */
  leave(): void {
    this.#connection.send({ type: "leave" });
    this.#end({ code: 1000, reason: "" });
    this.#connection.close();
  }

  /** Messages as they come, until the subscription ends; one that reads too slowly is told so by an error. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RoomEvents<Data>["message"], void, void> {
    const waiting: RoomEvents<Data>["message"][] = [];
    let wake: (() => void) | null = null;
    const stops = [
      this.on("message", (message) => {
        waiting.push(message);
        wake?.();
      }),
      this.on("state", () => wake?.()),
    ];
    try {
      while (this.state.name !== "closed" || waiting.length > 0) {
        if (waiting.length > MOST_WAITING)
          throw new EdgewireError("overloaded", "Messages come faster than they are read.");
        const message = waiting.shift();
        if (message !== undefined) yield message;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** One request about this channel, by the application's own token. */
  protected async ask<Answer>(
    method: string,
    endpoint: string,
    { query = {}, ...rest }: { query?: Record<string, string>; body?: unknown; signal?: AbortSignal | undefined },
  ): Promise<Answer> {
    const { origin, path, token, environment } = this.#parts.connection;
    const bearer = await token();
    const url = urlOf({ origin: origin(), path, token: bearer, query }, endpoint);
    return request<Answer>(environment, method, url, { token: bearer, ...rest });
  }

  // ---- what the connection brings

  /** On a user's channel: messages of others that are not read on any device. */
  protected unread: number | null = null;

  protected unreadIs(unread: number, cursor: string): void {
    this.unread = unread;
    this.#emitter.emit("read", { cursor, unread });
  }

  #data: Json | undefined;

  #query(): Record<string, string> {
    const { rewind, presence, member, echo, data } = this.#parts.options;
    const query: Record<string, string> = {};
    const cursor = this.cursor;
    if (cursor !== null) query.after = cursor;
    else if (rewind !== undefined && !this.#welcomed) query.rewind = String(rewind);
    if (presence !== undefined) query.presence = presence;
    if (member !== undefined) query.member = member ? "1" : "0";
    if (echo === false) query.echo = "0";
    const said = this.#data ?? data;
    if (said !== undefined) query.data = JSON.stringify(said);
    return query;
  }

  #frame(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "gap": {
        this.#place = afterGap(this.#place, frame);
        this.#epoch = this.#place?.epoch ?? this.#epoch;
        const { type: _, ...gap } = frame;
        this.#emitter.emit("gap", gap);
        this.#caughtUp();
        return true;
      }
      case "messages":
        return this.#messages(frame.messages);
      case "signals":
        for (const signal of frame.signals) this.#emitter.emit("signal", signal);
        return true;
      case "presence": {
        this.#members.change(frame);
        const { count, joined = [], left = [] } = frame;
        this.#emitter.emit("presence", { count, joined, left });
        return true;
      }
      case "ack":
        if (frame.ref === "auth" && typeof frame.expires === "number") this.#connection.renewed(frame.expires);
        else this.#sender.acknowledged(frame);
        return true;
      case "acks":
        for (const ack of frame.acks) this.#sender.acknowledged(ack);
        return true;
      case "error":
        this.#sender.refused(frame);
        return true;
      case "read":
        this.unreadIs(frame.unread, frame.cursor);
        return true;
      default:
        return frame satisfies never;
    }
  }

  #welcome(welcome: WelcomeFrame): boolean {
    const place = afterWelcome(this.#place, welcome);
    const head = parseCursor(welcome.cursor);
    if (place === undefined || head === null) return false;
    this.#welcomed = true;
    this.#user = welcome.user;
    this.#epoch = head.epoch;
    this.#place = place;
    this.#replayUntil = welcome.resume === "live" ? null : head.seq;
    this.#members.begin(welcome.presence);
    if (welcome.presence !== undefined)
      this.#emitter.emit("presence", { count: welcome.presence.count, joined: [], left: [] });
    if (welcome.unread !== undefined && welcome.read !== undefined) this.unreadIs(welcome.unread, welcome.read);
    this.#sender.begin(welcome.limits.publish, this.#replayUntil === null);
    return true;
  }

  #messages(messages: readonly Message[]): boolean {
    const { place, news, isBroken } = take(this.#place, this.#epoch, messages);
    for (const message of news) {
      // Before the application hears of it, so that it may store the cursor in its handler.
      this.#place = { epoch: place?.epoch ?? this.#epoch, seq: message.seq };
      if (message.user === this.#user) this.#sender.cameBack(message, formatCursor(this.#place.epoch, message.seq));
      if (this.unread !== null && this.#replayUntil === null && message.user !== this.#user) this.unread++;
      this.#emitter.emit("message", message as RoomEvents<Data>["message"]);
    }
    this.#caughtUp();
    return !isBroken;
  }

  /** What came back in the replay is not sent again: so nothing is sent before its end. */
  #caughtUp(): void {
    if (this.#replayUntil === null || (this.#place?.seq ?? 0) < this.#replayUntil) return;
    this.#replayUntil = null;
    this.#sender.caughtUp();
  }

  #stateChanged(state: ConnectionState): void {
    if (state.name !== "connected") this.#sender.pause();
    if (state.name === "closed") this.#end(state);
    this.#emitter.emit("state", state);
    if (state.name === "closed") this.#emitter.clear();
  }

  #end(why: { code: number; reason: string }): void {
    this.#sender.close(closedError(why));
  }
}

/** Messages that wait for a reader of the iterator. */
const MOST_WAITING = 10_000;

function closedError({ code, reason }: { code: number; reason: string }): EdgewireError {
  return new EdgewireError("closed", `The subscription is closed${code === 1000 ? "" : ` (${code} ${reason})`}.`);
}

function keptDrafts(text: string | null): { id: string; event: string; data: Json }[] {
  try {
    const drafts: unknown = text === null ? [] : JSON.parse(text);
    return Array.isArray(drafts) ? drafts : [];
  } catch {
    return [];
  }
}
