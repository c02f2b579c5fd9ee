/**
 * What passes between a channel and the objects of users who follow it on a socket of their own channel, and its relays. All
 * of one user's subscriptions to a channel share one link: what the channel sends goes to the user's object in batches, each
 * frame once. A relay has one, for all of its connections.
 * A subscription has an id of its own, never used again, so that what is late finds nobody. (SPEC SUB-1 to SUB-10)
 */
import type { Identity } from "../../core/identity.ts";
import type { Place } from "../../core/place.ts";
import type { ConnectOptions } from "../../core/session.ts";
import type { Failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { PresenceNews } from "../relays/presence-news.ts";

/** What one subscription does, in order. */
export interface LinkCall {
  /** A user, or the name of a relay. */
  readonly peer: string;
  readonly subscription: string;
  /** Ascending with each call of the subscription; the same again if it is not known whether it arrived. */
  readonly number: number;
  readonly isRepeated: boolean;
  readonly acts: readonly Act[];
}

export type Act =
  | { readonly kind: "subscribe"; readonly identity: Identity; readonly options: ConnectOptions }
  /** What its client sent. */
  | { readonly kind: "frame"; readonly text: string }
  /** The reader stands there and takes the next page. */
  | { readonly kind: "pull"; readonly after: Cursor }
  | { readonly kind: "renew"; readonly identity: Identity }
  /** `left`: its user is not expected back. */
  | { readonly kind: "end"; readonly left: boolean };

/** Given once everything that the call brought about has arrived at the user's object. */
export type LinkAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly failure: Failure }
  /** There is no such subscription, or not any more. */
  | { readonly kind: "ended" }
  /** The channel has lost its memory since: nobody knows whether the call had arrived before. */
  | { readonly kind: "unknown" }
  /** Nothing was done: the number is below the last one, which this is. */
  | { readonly kind: "stale"; readonly last: number };

/** From the channel: what happened since the last batch, in order. */
export interface LinkBatch {
  readonly channel: string;
  /** Of the channel's memory: a later one has a higher number. */
  readonly life: number;
  /** Whether somebody there wants to know who comes and goes. */
  readonly isWatched: boolean;
  readonly items: readonly LinkItem[];
}

/** A subscription, and the how manieth item for it this is in the channel's life: 1, 2, 3 … */
export type Reader = readonly [subscription: string, number: number];

export type LinkItem =
  /** `text` may be empty: then it only moves its readers. */
  | { readonly kind: "frame"; readonly text: string; readonly place: Place | null; readonly readers: readonly Reader[] }
  /** A page of a replay is over, and there is more. */
  | { readonly kind: "more"; readonly readers: readonly Reader[] }
  /** Are these still there? */
  | { readonly kind: "check"; readonly subscriptions: readonly string[] }
  /** The subscription is over. Comes again until it is acknowledged. */
  | {
      readonly kind: "ended";
      readonly subscription: string;
      readonly code: number;
      readonly reason: string;
      /** Of a relay: whom it was to throw out meanwhile; null: everybody. */
      readonly kicked?: readonly (string | null)[];
    }
  /** To a relay: throw out that user, or (null) everybody. */
  | { readonly kind: "kick"; readonly user: string | null; readonly readers: readonly Reader[] }
  /** To a relay: who is a member elsewhere. */
  | { readonly kind: "presence"; readonly news: PresenceNews; readonly readers: readonly Reader[] };

export interface LinkReceipt {
  /** Subscriptions of the batch that are none (any more). `left`: their user is not expected back. */
  readonly unknown: readonly { readonly subscription: string; readonly left: boolean }[];
  /** The batch was of a life before this one, and nothing was taken of it; null: it was taken. */
  readonly newerLife: number | null;
  /** Of each `kick` in the batch: how many connections were closed. */
  readonly closed?: readonly number[];
}
