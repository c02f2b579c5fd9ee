/** A subscription: one channel, how far it was read, who is there, and what waits to be said, over any number of connections. */
import { type Cursor, formatCursor } from "../protocol/cursor.ts";
import type { ConnectionOptions } from "./attempt.ts";
import { type Connection, newConnection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { EdgewireError } from "./errors.ts";
import { keptOutbox } from "./kept-outbox.ts";
import type { Query } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import { Members, type PresenceChange, type PresenceNews } from "./members.ts";
import type { RoomOptions } from "./options.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { afterGap, afterWelcome, cursorIn, cursorOf, type Place } from "./place.ts";
import type { GapFrame, Message, ServerFrame, Signal, WelcomeFrame } from "./protocol.ts";
import { Sender } from "./sender.ts";

export interface SubscriptionEvents {
  message: Message;
  signal: Signal;
  presence: PresenceChange;
  gap: Omit<GapFrame, "type">;
  read: { readonly cursor: string; readonly unread: number };
  state: ConnectionState;
}

export interface SubscriptionParts extends ConnectionOptions {
  readonly options: RoomOptions;
  readonly outbox: OutboxLimits;
  /** Whether the outbox is kept over a reload. */
  readonly persist: boolean;
}

export class Subscription {
  readonly emitter = new Emitter<SubscriptionEvents>();
  readonly members = new Members();
  readonly connection: Connection;
  readonly sender: Sender;
  place: Place;
  /** On a user's channel: messages of others that are not read on any device. */
  unread: number | null = null;
  options: RoomOptions;
  /** Whose outbox was kept. */
  readonly #keptUser: string | null = null;
  #user: string | null = null;
  /** The head when the connection was made: what is replayed ends there. */
  #head: Cursor = { epoch: "", seq: 0 };
  #isReplaying = false;
  /** Without an echo: what was published here and is ahead of the place. It will not come. */
  readonly #unechoed = new Set<number>();

  constructor(parts: SubscriptionParts) {
    const { options, environment, outbox, persist, path } = parts;
    this.options = options;
    this.place = options.after === undefined ? null : givenCursor(options.after);
    const kept = persist ? keptOutbox(environment, `edgewire.outbox ${path}`) : null;
    this.#keptUser = kept?.user ?? null;
    const waiting: Outbox = new Outbox(outbox, kept?.drafts ?? [], () => kept?.save(this.#user, () => waiting.drafts));
    this.sender = new Sender(waiting, environment, {
      send: (frame) => this.connection.send(frame),
      stalled: () => this.connection.distrust("nothing is answered"),
    });
    this.connection = newConnection(parts, {
      query: () => this.#query(),
      check: (welcome) => afterWelcome(this.place, welcome),
      frame: (frame) => this.#frame(frame),
      acknowledged: (ack) => {
        const receipt = this.sender.acknowledged(ack);
        if (receipt !== null && options.echo === false) this.#willNotCome(cursorIn(receipt.cursor));
      },
      stateChanged: (state) => this.#stateChanged(state),
    });
  }

  get isClosed(): boolean {
    return this.connection.state.name === "closed";
  }

  readTo(cursor: string, unread: number): void {
    this.unread = unread;
    this.emitter.emit("read", { cursor, unread });
  }

  #query(): Query {
    const { rewind, presence, member, echo, data } = this.options;
    const after = cursorOf(this.place) ?? undefined;
    return {
      after,
      // Until the first message came one stands nowhere, and asks for the same again.
      rewind: after === undefined ? rewind : undefined,
      presence,
      member: member === undefined ? undefined : Number(member),
      echo: echo === false ? 0 : undefined,
      data: JSON.stringify(data),
    };
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "gap":
        return this.#gap(frame);
      case "messages":
        for (const message of frame.messages) if (!this.isClosed) this.#message(message);
        return;
      case "signals":
        for (const signal of frame.signals) this.emitter.emit("signal", signal);
        return;
      case "presence":
        return this.#presence(frame);
      case "error":
        return this.sender.refused(frame);
      case "read":
        return this.readTo(frame.cursor, frame.unread);
    }
  }

  #welcome(welcome: WelcomeFrame): void {
    const { cursor, user, presence, read, unread, limits } = welcome;
    this.place = afterWelcome(this.place, welcome);
    this.#head = cursorIn(cursor);
    this.#user = user;
    this.#isReplaying = true;
    if (this.#keptUser !== null && user !== "" && this.#keptUser !== user) this.sender.outbox.forgetKept();
    this.sender.begin(limits);
    if (presence !== undefined) this.#presence(presence);
    if (unread !== undefined && read !== undefined) this.readTo(read, unread);
    this.#caughtUp();
  }

  #gap({ type: _, ...gap }: GapFrame): void {
    this.place = afterGap(gap);
    this.#unechoed.clear();
    this.emitter.emit("gap", gap);
    this.#caughtUp();
  }

  #message(message: Message): void {
    const { id, seq, at, user } = message;
    const { epoch, seq: last } = this.place ?? { epoch: this.#head.epoch, seq: seq - 1 };
    if (seq <= last) return; // it is known
    const isSilenced = this.options.echo === false;
    // Without an echo what is missing may be one's own.
    if (seq > last + 1 && !isSilenced) throw new Error("a message is missing");
    const isOwn = user === this.#user;
    const isUnechoed = isSilenced && isOwn && (this.#unechoed.has(seq) || this.sender.outbox.has(id));
    // Before the application hears of it, so that it may store the cursor in its handler.
    this.#moveTo({ epoch, seq });
    if (isOwn) this.sender.stored({ seq, cursor: formatCursor(epoch, seq), id, at });
    else if (this.unread !== null && seq > this.#head.seq) this.unread++;
    if (!isUnechoed) this.emitter.emit("message", message);
    this.#caughtUp();
  }

  #willNotCome({ epoch, seq }: Cursor): void {
    if (epoch !== this.place?.epoch || seq <= this.place.seq) return;
    this.#unechoed.add(seq);
    this.#moveTo(this.place);
  }

  /** There, and on over what will not come. */
  #moveTo({ epoch, seq }: Cursor): void {
    let at = seq;
    while (this.#unechoed.delete(at + 1)) at++;
    this.place = { epoch, seq: at };
  }

  #presence(news: PresenceNews): void {
    const change = this.members.change(news);
    if (change !== null) this.emitter.emit("presence", change);
  }

  /** What came back in the replay is not sent again: so nothing is sent before its end. */
  #caughtUp(): void {
    const { place } = this;
    // At the head, or in a later life of the log, of which the head says nothing.
    const isBehind = place === null || (place.epoch === this.#head.epoch && place.seq < this.#head.seq);
    if (!this.#isReplaying || isBehind || this.isClosed) return;
    this.#isReplaying = false;
    this.sender.caughtUp();
  }

  #stateChanged(state: ConnectionState): void {
    if (state.name !== "connected") this.sender.pause();
    if (state.name === "closed") this.sender.close(closedError(state));
    this.emitter.emit("state", state);
    if (state.name === "closed") this.emitter.clear();
  }
}

function givenCursor(after: string): Cursor {
  try {
    return cursorIn(after);
  } catch {
    throw new EdgewireError("bad_cursor", '"after" is no cursor.');
  }
}

export function closedError({ code, reason }: { code: number; reason: string }): EdgewireError {
  return new EdgewireError("closed", `The subscription is closed (${reason || code}).`);
}
