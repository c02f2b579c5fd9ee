/**
 * A relay: holds connections to a room in place of the room's own object. To its core it is the channel; here it is brought
 * to where the room is for whoever comes, and let go of when nobody is left. (SPEC RELAY-1 to RELAY-8)
 */
import type { Channel } from "../../core/channel.ts";
import { Relayed } from "../../core/relayed.ts";
import type { ConnectOptions } from "../../core/session.ts";
import { CLOSE_RESTART, closeCodeOf, type Failure, failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { Log } from "../../storage/log.ts";
import type { RelayTable } from "../../storage/relay.ts";
import { backoff } from "../backoff.ts";
import type { Deadline } from "../deadlines.ts";
import type { LinkBatch, LinkReceipt } from "../links/calls.ts";
import type { RoomRpc } from "../rpc.ts";
import { within } from "../within.ts";
import { Attachment, type Ending } from "./attachment.ts";
import type { PresenceExchange } from "./presence-exchange.ts";
import { ROOM } from "./presence-peers.ts";
import { Tail } from "./tail.ts";
import type { Uplink } from "./uplink.ts";

/** ms that a newcomer waits for the relay to be where the room is. */
const PATIENCE = 10_000;
/** ms without the room, then nobody is left without progress. */
const LOST = 30_000;
/** ms without connections, then it lets go of everything. */
const IDLE = 300_000;

const UNREACHABLE = failure("overloaded", "The channel cannot be reached at the moment; try again.", 1000);

export interface RelayParts {
  /** `weur.0/lobby` */
  readonly name: string;
  readonly channel: Channel;
  readonly log: Log;
  readonly table: RelayTable;
  readonly uplink: Uplink;
  room(): RoomRpc;
  /** Null before all connections from before a sleep are there. */
  exchange(): PresenceExchange | null;
  turn<Result>(event: (now: number) => Result): Result;
  deadlinesChanged(): void;
  /** Deletes all that is stored, before anything else comes; then calls `then`. */
  wipe(then: () => void): void;
}

export class Relay {
  readonly #parts: RelayParts;
  readonly #relayed: Relayed;
  readonly #tail: Tail;
  readonly attachment: Attachment;
  /** Who waits until the copy is so far. */
  #waiting: { readonly is: (at: Cursor) => boolean; readonly resolve: () => void }[] = [];
  #lostAt: number | null;
  #retryAt = 0;
  #emptyAt: number | null;

  constructor(parts: RelayParts) {
    const { channel, log, table, uplink, room, turn } = parts;
    this.#parts = parts;
    this.#relayed = new Relayed(channel, log);
    const page = (before: Cursor) => within(PATIENCE, room().logBefore(before));
    this.#tail = new Tail(log, page, (event) => turn(event));
    const { subscription: before, lostAt, emptyAt } = table.load();
    this.#lostAt = lostAt;
    this.#emptyAt = emptyAt;
    this.attachment = new Attachment({
      ...{ name: parts.name, before, relayed: this.#relayed, room, turn },
      adopt: ({ head, bytes }) => {
        log.adopt({ ...head, bytes });
        this.#tail.forget();
      },
      unwantedBy: (message) => uplink.unwanted.take(message),
      presence: (news, now) => parts.exchange()?.take(ROOM, news, now),
      begins: (now) => parts.exchange()?.attached(ROOM, now),
      kick: (user, now) => channel.administration.kick(user, now),
      broken: (now) => this.#broken(now),
      ended: (ending, now) => this.#ended(ending, now),
      changed: () => this.#store(),
      ask: () => this.#ask(),
    });
  }

  /** After a wake, when all connections that live are there. */
  restored(now: number): void {
    const { channel, exchange } = this.#parts;
    if (channel.sessions.size > 0 && this.attachment.current === null) this.reached(false, now);
    // Whom it held it has lost, and with them what was on the way.
    if (channel.sessions.size === 0 && this.attachment.current !== null) exchange()?.attached(ROOM, now);
    this.connectionsChanged(now);
  }

  /** A connection has come or has gone, or was not let in. */
  connectionsChanged(now: number): void {
    const { channel } = this.#parts;
    const isEmpty = channel.sessions.size === 0 && channel.isUsed;
    if (isEmpty === (this.#emptyAt !== null)) return;
    this.#emptyAt = isEmpty ? now : null;
    this.#store();
  }

  // ---- who comes

  /** Before a connection is let in: brings this where the room is now, and back to where it wants to begin. */
  async ready({ start }: ConnectOptions): Promise<Failure | null> {
    // Whoever is just coming must not find it gone.
    if (this.#emptyAt !== null) this.#emptyAt = Date.now();
    try {
      await within(PATIENCE, this.#ready(start));
      return null;
    } catch {
      return UNREACHABLE;
    }
  }

  /** Whether it still is: null, or why nobody can be let in. */
  refusalFor({ start }: ConnectOptions, now: number): Failure | null {
    return this.attachment.current !== null && this.#tail.reaches(start, now) ? null : UNREACHABLE;
  }

  async #ready(start: ConnectOptions["start"]): Promise<void> {
    const head = await this.#parts.uplink.ask();
    const { epoch } = this.#relayed.at;
    // Where this is in another epoch still, the news of that one's end is on the way.
    const isThere = (at: Cursor) => (at.epoch === head.epoch ? at.seq >= head.seq : at.epoch !== epoch);
    if (!isThere(this.#relayed.at)) {
      this.attachment.catchUp();
      await new Promise<void>((resolve) => this.#waiting.push({ is: isThere, resolve }));
    }
    await this.#tail.fetch(start);
  }

  // ---- the room

  /** What the room sends. */
  deliver(batch: LinkBatch, now: number): LinkReceipt {
    this.#parts.channel.endOver(now); // nobody gets anything after their end
    const receipt = this.attachment.deliver(batch, now);
    const { at } = this.#relayed;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ is }) => !is(at));
    for (const { is, resolve } of waiting) if (is(at)) resolve();
    this.reached(true, now);
    return receipt;
  }

  #ended(ending: Ending, now: number): void {
    const { channel } = this.#parts;
    if (ending?.code === closeCodeOf("gone")) this.#wipe(now);
    else if (channel.sessions.size > 0) this.#ask(); // they wait, and go on where they stand
  }

  /** Retention, or a log restored from a backup, has left a hole: everybody begins anew, where they stand. */
  #broken(now: number): void {
    const { channel } = this.#parts;
    for (const session of [...channel.sessions]) channel.end(session, "overloaded", now, CLOSE_RESTART);
  }

  /** Makes sure of the room; attaches anew if need be. */
  #ask(): void {
    void this.#parts.uplink.ask().catch(() => undefined); // it is tried again
  }

  /** Whether the room could be reached just now. */
  reached(isReached: boolean, now: number): void {
    if (isReached === (this.#lostAt === null)) return;
    this.#lostAt = isReached ? null : now;
    this.#retryAt = now + backoff(now, now);
    this.#store();
  }

  #store(): void {
    const { table, deadlinesChanged } = this.#parts;
    table.put({ subscription: this.attachment.current, lostAt: this.#lostAt, emptyAt: this.#emptyAt });
    deadlinesChanged();
  }

  // ---- time

  readonly deadlines: readonly Deadline[] = [
    {
      name: "room",
      due: () => (this.#lostAt === null ? null : Math.min(this.#retryAt, this.#lostAt + LOST)),
      run: (now) => this.#retry(now),
    },
    {
      name: "idle",
      due: () => (this.#emptyAt === null ? null : this.#emptyAt + IDLE),
      run: (now) => {
        if (this.#emptyAt !== null && now >= this.#emptyAt + IDLE) this.#stop(now);
      },
    },
  ];

  #retry(now: number): void {
    const { channel } = this.#parts;
    if (this.#lostAt === null) return;
    const isTooLong = now - this.#lostAt >= LOST;
    // Without the room a connection makes no progress, and nobody would notice.
    if (isTooLong) for (const session of [...channel.sessions]) channel.end(session, "overloaded", now);
    if (channel.sessions.size === 0)
      this.reached(true, now); // there is nobody to whom it matters
    else if (now >= this.#retryAt) {
      this.#retryAt = now + backoff(this.#lostAt, now);
      this.#ask();
    }
  }

  /** Nobody has been connected for long: it is as if it had never been. */
  #stop(now: number): void {
    this.attachment.end(true);
    this.#wipe(now);
  }

  #wipe(now: number): void {
    const { channel, table, wipe, exchange } = this.#parts;
    exchange()?.ended(ROOM, now);
    channel.administration.erase(now);
    this.#lostAt = this.#emptyAt = null;
    this.#tail.forget();
    wipe(() => table.wiped());
  }
}
