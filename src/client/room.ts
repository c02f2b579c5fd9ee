/** What an application holds of a channel: its messages, its members, and a way to say something. */
import { onAbort } from "./abort.ts";
import { EdgewireError } from "./errors.ts";
import type { DataOf, EventOf, MessageOf } from "./event-types.ts";
import { iterate } from "./iterate.ts";
import { type Query, urlOf } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import type { PresenceChange } from "./members.ts";
import { newId } from "./new-id.ts";
import type { HistoryOptions, PublishOptions } from "./options.ts";
import type { Receipt } from "./outbox.ts";
import { cursorOf } from "./place.ts";
import type { GapFrame, HistoryPage, Json, Member, Signal } from "./protocol.ts";
import { closedError, Subscription, type SubscriptionParts } from "./subscription.ts";

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

export class Room<Data = Json> {
  readonly #parts: SubscriptionParts;
  readonly #subscription: Subscription;
  readonly #left = new AbortController();

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#subscription = new Subscription(parts);
    this.on("state", (state) => {
      if (state.name === "closed") this.#left.abort(closedError(state));
    });
  }

  get state(): ConnectionState {
    return this.#subscription.connection.state;
  }

  /** How far it was read: give it back as `after` to go on from here. Null: nothing is known yet. */
  get cursor(): string | null {
    return cursorOf(this.#subscription.place);
  }

  /** By user id, the same list until somebody changes. Of more than 100 the first, and those that changed since. */
  get members(): readonly Member[] {
    return this.#subscription.members.list;
  }

  /** Null: not known, or not asked for (`presence`). */
  get count(): number | null {
    return this.#subscription.members.count;
  }

  /** Returns its own undo. */
  on<Name extends keyof RoomEvents<Data>>(name: Name, handler: (value: RoomEvents<Data>[Name]) => void): () => void {
    // What a message carries is known to the application, and to nobody here.
    return this.#subscription.emitter.on(name, handler as never);
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
    signal?.throwIfAborted();
    if (this.state.name === "closed") throw closedError(this.state);
    if (!/^[ -~]{1,64}$/.test(id)) throw new EdgewireError("bad_id", "An id is 1 to 64 printable ASCII characters.");
    const { sender } = this.#subscription;
    const receipt = sender.outbox.add({ id, event: event ?? "message", data: data as Json });
    sender.send();
    return receipt.finally(onAbort(signal, () => sender.outbox.refused(id, signal?.reason)));
  }

  /** To whoever is there now; never stored. False: there is no connection, or it were too many, and it was not sent. */
  signal(event: string, data: Json = null, { key }: { key?: string } = {}): boolean {
    const { connection, sender } = this.#subscription;
    if (connection.state.name !== "connected" || !sender.maySignal()) return false;
    return connection.send({ type: "signal", event, data, ...(key !== undefined && { key }) });
  }

  /** What others see of this member, from now on and after every reconnect. */
  setData(data: Json): void {
    this.#subscription.options = { ...this.#subscription.options, data };
    this.#subscription.connection.send({ type: "presence", data });
  }

  /** A page of what was said before. */
  history({ signal, ...query }: HistoryOptions = {}): Promise<HistoryPage> {
    return this.ask("GET", "messages", { query, signal });
  }

  /** For good: a leave is told at once, what waits to be sent is rejected, and nothing is called back any more. */
  leave(): void {
    this.#subscription.connection.send({ type: "leave" });
    this.#subscription.connection.close();
  }

  /** Messages as they come, until the subscription ends; throws the signal's reason, or `overloaded` to a slow reader. */
  messages({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<MessageOf<Data>, void, void> {
    const source = {
      onItem: (take: (message: MessageOf<Data>) => void) => this.on("message", take),
      onEnd: (end: () => void) => this.on("state", end),
      hasEnded: () => this.state.name === "closed",
    };
    return iterate(source, signal);
  }

  [Symbol.asyncIterator](): AsyncGenerator<MessageOf<Data>, void, void> {
    return this.messages();
  }

  /** One request about this channel, by the application's own token. It ends with the subscription. */
  protected async ask<Answer>(
    method: string,
    endpoint: string,
    { query = {}, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal | undefined },
  ): Promise<Answer> {
    const { origin, path, token: fresh, environment } = this.#parts;
    const { request } = await import("./over-http.ts");
    const token = await fresh();
    const url = urlOf({ origin: origin(), path, query }, endpoint);
    return request(environment, method, url, { token, body, signals: [signal, this.#left.signal] });
  }

  protected get unread(): number | null {
    return this.#subscription.unread;
  }

  protected unreadIs(unread: number, cursor: string): void {
    this.#subscription.readTo(cursor, unread);
  }
}
