/**
 * The way from a channel to one user's object, or a relay: what its subscriptions are sent, in batches, one call at a time; what comes
 * meanwhile goes with the next. Bounded in bytes and items. A call that fails is repeated as it is; when that is of no use
 * the link is lost, and its subscriptions end in doubt.
 */
import { dueAt } from "../../core/clock.ts";
import type { Place } from "../../core/place.ts";
import { backoff, LONGEST_BACKOFF, RETRIES } from "../backoff.ts";
import { type PresenceNews, unitsOf } from "../relays/presence-news.ts";
import { within } from "../within.ts";
import type { LinkBatch, LinkItem, LinkReceipt, Reader } from "./calls.ts";

/** Not yet taken by the user's object; beyond that the link is lost. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_ITEMS = 4096;
/** ms that the user's object may take for one. */
const PATIENCE = 10_000;
/** How far back the same frame for another reader is looked for. */
const LOOK_BACK = 16;

/** How a subscription ended, until the user's object knows of it. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  /** ms */
  readonly at: number;
  /** See `LinkItem`. */
  readonly kicked?: readonly (string | null)[];
}

export interface LinkParts {
  readonly peer: string;
  readonly channel: string;
  readonly life: number;
  isWatched(): boolean;
  send(batch: LinkBatch): Promise<LinkReceipt>;
  /** Runs one event of the channel. */
  turn(event: (now: number) => void): void;
  /** A batch was taken. */
  received(link: Link, batch: LinkBatch, receipt: LinkReceipt, now: number): void;
  /** Nothing is taken any more. */
  lost(link: Link, now: number): void;
}

type Queued =
  | { kind: "frame"; text: string; place: Place | null; readers: Reader[] }
  | Exclude<LinkItem, { kind: "frame" }>;

/** What one subscription waits for. */
interface Count {
  /** Its items in this life of the channel. */
  items: number;
  /** Of the queue; -1: none. */
  lastIndex: number;
  /** Queued or on the way. */
  units: number;
}

export class Link {
  readonly peer: string;
  readonly #parts: LinkParts;
  readonly #counts = new Map<string, Count>();
  /** Endings of which the user's object does not know yet. */
  readonly ended = new Map<string, Ending>();
  #life: number;
  #queue: Queued[] = [];
  #units = 0;
  #sending: readonly Queued[] | null = null;
  #isScheduled = false;
  #isFull = false;
  /** Whether the user's object has been told that somebody watches; null: it has not been told anything yet. */
  #toldWatched: boolean | null = null;
  #waitingForQueue: (() => void)[] = [];
  #waitingForSending: (() => void)[] = [];
  /** When the user's object last said which of the subscriptions it has; ms. */
  checkedAt: number | null = null;
  /** Calls of its subscriptions that are being done. */
  calls = 0;
  /** When it is told again of what it could not be told, ms; null: nothing has failed. Meanwhile nothing is sent. */
  retryAt: number | null = null;
  /** Who waits for how many connections were closed. */
  readonly #kicks = new Map<LinkItem, { readonly user: string | null; settle(closed: number): void }>();
  /** Connections that a relay has said it holds; null: not heard yet. */
  connections: number | null = null;
  /** Whether the last call has failed for good. */
  #isLost = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.peer = parts.peer;
    this.#life = parts.life;
  }

  /** Nothing waits, and nothing is on the way. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#sending === null;
  }

  frame(subscription: string, text: string, place: Place | null): void {
    const count = this.#countOf(subscription);
    const oldest = Math.max(count.lastIndex + 1, this.#queue.length - LOOK_BACK);
    for (let at = this.#queue.length - 1; at >= oldest; at--) {
      const item = this.#queue[at];
      if (item?.kind !== "frame" || item.place !== place || item.text !== text) continue;
      item.readers.push([subscription, ++count.items]);
      count.lastIndex = at;
      count.units += text.length;
      return;
    }
    this.#push({ kind: "frame", text, place, readers: [[subscription, ++count.items]] }, text.length);
    count.lastIndex = this.#queue.length - 1;
    count.units += text.length;
  }

  more(subscription: string): void {
    const count = this.#countOf(subscription);
    this.#push({ kind: "more", readers: [[subscription, ++count.items]] }, 0);
    count.lastIndex = this.#queue.length - 1;
  }

  end(subscription: string, ending: Ending): void {
    const missed = [...this.#kicks.values()].map(({ user }) => user);
    const whole = missed.length === 0 ? ending : { ...ending, kicked: [...(ending.kicked ?? []), ...missed] };
    this.ended.set(subscription, whole);
    this.#push(endedItem(subscription, whole), 0);
  }

  check(subscriptions: readonly string[]): void {
    this.#push({ kind: "check", subscriptions }, 0);
  }

  /** Tells a relay of members. */
  presence(subscription: string, news: PresenceNews): void {
    this.#push(
      { kind: "presence", news, readers: [[subscription, ++this.#countOf(subscription).items]] },
      unitsOf(news),
    );
  }

  /** Throws out connections of a relay; answers how many, as far as is known. */
  kick(subscription: string, user: string | null): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const item: Queued = { kind: "kick", user, readers: [[subscription, ++this.#countOf(subscription).items]] };
    this.#kicks.set(item, { user, settle: resolve });
    this.#push(item, 0);
    return promise;
  }

  /** The same for a relay that does not know yet that its link was lost: it hears it together. */
  kickEnded(user: string | null): void {
    for (const [subscription, ending] of this.ended)
      this.end(subscription, { ...ending, kicked: [...(ending.kicked ?? []), user] });
  }

  /** Nobody goes by that name any more. */
  forget(subscription: string): void {
    this.#counts.delete(subscription);
  }

  /** UTF-16 units that were sent to it and not taken. */
  unsentOf(subscription: string): number {
    return this.#counts.get(subscription)?.units ?? 0;
  }

  /** Somebody watches now, or nobody does any more: the first has to be told at once. */
  watchedChanged(): void {
    if (this.#toldWatched !== true && this.#parts.isWatched()) this.#schedule();
  }

  /** Fulfilled when what waits now has arrived, or will not. */
  drained(): Promise<void> {
    if (this.isIdle || this.retryAt !== null) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    (this.#queue.length > 0 ? this.#waitingForQueue : this.#waitingForSending).push(resolve);
    return promise;
  }

  /** When to `retry`, ms; null: nothing has failed. */
  nextTry(now: number): number | null {
    return this.retryAt === null ? null : dueAt(this.retryAt, LONGEST_BACKOFF, now);
  }

  /** The same after a wake: it may have failed before. */
  retryLost(): void {
    this.#isLost = true;
    this.retry();
  }

  /** Tells again of what could not be told: it is time, or the user's object has shown that it is there. */
  retry(): void {
    this.retryAt = null;
    const queued = new Set(this.#queue.flatMap((item) => (item.kind === "ended" ? [item.subscription] : [])));
    for (const [subscription, ending] of this.ended)
      if (!queued.has(subscription)) this.#push(endedItem(subscription, ending), 0);
    this.#schedule();
  }

  #countOf(subscription: string): Count {
    let count = this.#counts.get(subscription);
    if (count === undefined) {
      count = { items: 0, lastIndex: -1, units: 0 };
      this.#counts.set(subscription, count);
    }
    return count;
  }

  #push(item: Queued, units: number): void {
    this.#queue.push(item);
    this.#units += units;
    if (this.#units > MOST_BYTES || this.#queue.length > MOST_ITEMS) this.#isFull = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#sending !== null) return;
    this.#isScheduled = true;
    // In the turn that wrote what is told, after all that it brought about: one call, and the output gate holds it.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#sending !== null || this.retryAt !== null) return;
    if (this.#isFull) return this.#parts.turn((now) => this.#lose(now));
    const isWatched = this.#parts.isWatched();
    if (this.#queue.length === 0 && (this.#toldWatched === true || !isWatched)) return;
    const items = this.#queue;
    this.#sending = items;
    this.#queue = [];
    this.#units = 0;
    for (const count of this.#counts.values()) count.lastIndex = -1;
    this.#waitingForSending.push(...this.#waitingForQueue.splice(0));
    // What throws there has reset the object: nobody is left to hear of it.
    void this.#deliver(items, isWatched).catch(() => undefined);
  }

  async #deliver(items: readonly LinkItem[], isWatched: boolean): Promise<void> {
    for (const wait of [...(this.#isLost ? [] : RETRIES), null]) {
      const batch = { channel: this.#parts.channel, life: this.#life, isWatched, items };
      try {
        const receipt = await within(PATIENCE, this.#parts.send(batch));
        if (receipt.newerLife === null) return this.#parts.turn((now) => this.#received(batch, receipt, now));
        this.#life = receipt.newerLife + 1; // the clock went back
      } catch {
        // It may have arrived all the same: then it is known there by its numbers.
      }
      if (wait === null || this.#isFull) break;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    this.#parts.turn((now) => this.#lose(now));
  }

  #received(batch: LinkBatch, receipt: LinkReceipt, now: number): void {
    this.#toldWatched = batch.isWatched;
    this.#isLost = false;
    for (const [index, item] of batch.items.filter(({ kind }) => kind === "kick").entries()) {
      this.#kicks.get(item)?.settle(receipt.closed?.[index] ?? 0);
      this.#kicks.delete(item);
    }
    this.#over();
    if (batch.items.some(({ kind }) => kind === "check")) this.checkedAt = now;
    this.#parts.received(this, batch, receipt, now);
    if (this.#queue.length > 0) this.#schedule();
    else this.watchedChanged();
  }

  /** What was on the way is not any more. */
  #over(): void {
    for (const item of this.#sending ?? []) {
      if (item.kind !== "frame") continue;
      for (const [subscription] of item.readers) {
        const count = this.#counts.get(subscription);
        if (count !== undefined) count.units -= item.text.length;
      }
    }
    this.#sending = null;
    for (const resolve of this.#waitingForSending.splice(0)) resolve();
  }

  #lose(now: number): void {
    let since = now;
    for (const { at } of this.ended.values()) since = Math.min(since, at);
    this.retryAt = now + backoff(since, now);
    this.#isLost = true;
    this.#queue = [];
    this.#units = 0;
    this.#isFull = false;
    this.#toldWatched = null;
    this.#over();
    this.#counts.clear();
    for (const resolve of this.#waitingForQueue.splice(0)) resolve();
    this.#parts.lost(this, now);
    for (const { settle } of this.#kicks.values()) settle(0);
    this.#kicks.clear();
    this.#queue = []; // what has ended is told when it is tried again
  }
}

function endedItem(subscription: string, { code, reason, kicked }: Ending): Queued {
  return { kind: "ended", subscription, code, reason, ...(kicked === undefined ? {} : { kicked }) };
}
