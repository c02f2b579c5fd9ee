/** One channel that a connection follows through this object: where its reader stands, and what of an item is for it. */

import { fitAt, type Place } from "../../core/place.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { Upstream } from "./upstream.ts";

export interface SubscriptionFacts {
  /** Its name in the calls; never used again. */
  readonly id: string;
  /** `room:lobby` */
  readonly channel: string;
  /** Its number among those of its connection; never used again. */
  readonly slot: number;
  /** ms */
  readonly since: number;
  /** Whether it makes the user a member. */
  readonly member: boolean;
}

/** Per subscription in an attachment: slot, epoch, seq, life, items, flags. */
export type Packed = string | number;
const FIELDS = 6;
const WELCOME = 1;
const WATCHED = 2;
const BEHIND = 4;

/** What is to be done with an item. `lost`: one before it has not come. */
export type Taking = "take" | "drop" | "lost" | "pull";

export class Subscription {
  readonly facts: SubscriptionFacts;
  readonly channelJson: string;
  readonly upstream: Upstream;
  /** Of its `subscribe`, until that is answered. */
  ref: string | undefined;
  /** The one in whose place it comes, until it is there. */
  replaces: Subscription | null = null;
  /** Whether its channel has let it in. */
  isWelcome = false;
  isWatched = false;
  /** It waits for a page from where it stands. */
  isBehind = false;
  /** It has asked for one. */
  isPulling = false;
  /** The client does not want it any more. */
  isLeaving = false;
  at: Cursor = { epoch: "", seq: 0 };
  #life = 0;
  #items = 0;
  /** Whether something has followed on in this life of the channel. */
  #isTrusted = false;

  constructor(facts: SubscriptionFacts, upstream: Upstream) {
    this.facts = facts;
    this.upstream = upstream;
    this.channelJson = JSON.stringify(facts.channel);
  }

  /** Whether a batch of that life is too late. */
  isPast(life: number): number | null {
    return life < this.#life ? this.#life : null;
  }

  /** The `number`th item for it in the channel's life: each comes once, in order. */
  take(life: number, number: number, place: Place | null): Taking {
    const last = life === this.#life ? this.#items : 0;
    if (number <= last) return "drop";
    if (number > last + 1) return "lost";
    if (life !== this.#life) this.#isTrusted = false;
    this.#life = life;
    this.#items = number;
    if (place === null) return "take";
    // A second welcome answers a repeated call: the first counts.
    if (place.previous === null && this.isWelcome) return "drop";
    const fit = fitAt(this.at, place, this.#isTrusted);
    if (fit === "old") return "drop";
    if (fit === "behind") return "pull";
    this.at = { epoch: place.epoch, seq: place.to };
    this.#isTrusted = true;
    this.isBehind = this.isPulling = false;
    return "take";
  }

  pack(): Packed[] {
    const { slot } = this.facts;
    const flags = (this.isWelcome ? WELCOME : 0) | (this.isWatched ? WATCHED : 0) | (this.isBehind ? BEHIND : 0);
    return [slot, this.at.epoch, this.at.seq, this.#life, this.#items, flags];
  }

  /** Takes up what `pack` has put down; false if there is nothing of it. */
  unpack(packed: readonly Packed[]): boolean {
    for (let start = 0; start < packed.length; start += FIELDS) {
      if (packed[start] !== this.facts.slot) continue;
      const [, epoch, seq, life, items, flags] = packed.slice(start, start + FIELDS);
      this.at = { epoch: epoch as string, seq: seq as number };
      this.#life = life as number;
      this.#items = items as number;
      this.isWelcome = ((flags as number) & WELCOME) !== 0;
      this.isWatched = ((flags as number) & WATCHED) !== 0;
      this.isBehind = ((flags as number) & BEHIND) !== 0;
      return this.isWelcome;
    }
    return false;
  }
}
