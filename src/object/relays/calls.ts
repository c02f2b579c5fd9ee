/**
 * What a relay asks of its room. What the room sends comes down a link (`links/calls.ts`), in which the relay is one
 * subscription. (SPEC RELAY-1 to RELAY-8)
 */

import type { AuthoredDraft } from "../../core/request.ts";
import type { SignalDraft } from "../../core/signals.ts";
import type { Published } from "../../core/upstream.ts";
import type { Failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { LogHead } from "../../storage/log.ts";
import type { PresenceNews } from "./presence-news.ts";

/** From the relay: what its connections do, in order. Without acts it only asks where the room's log stands. */
export interface UpCall {
  readonly relay: string;
  /** As in its link. */
  readonly subscription: string;
  /** Ascending with each call of the subscription; the same again if it is not known whether it arrived. */
  readonly number: number;
  readonly isRepeated: boolean;
  /** How many it holds. */
  readonly connections: number;
  readonly acts: readonly UpAct[];
}

/** What comes again is known by its id. */
export type NamedDraft = AuthoredDraft & { readonly id: string };

export type UpAct =
  /** Published all or none. */
  | { readonly kind: "publish"; readonly drafts: readonly NamedDraft[] }
  /** For everybody but the relay's own connections. */
  | {
      readonly kind: "signal";
      readonly signal: SignalDraft;
      readonly userJson: string;
      readonly connection: string | null;
    }
  /** Who is a member there. */
  | { readonly kind: "presence"; readonly news: PresenceNews };

export type UpAnswer =
  | {
      readonly kind: "done";
      /** Of the room's log, after all that the call brought about. */
      readonly head: Cursor;
      /** One for each act; null: there is nothing to say. */
      readonly results: readonly (Published | Failure | null)[];
    }
  /** There is no such subscription, or not any more, and nothing was done. */
  | {
      readonly kind: "ended";
      readonly ending: { readonly code: number; readonly kicked?: readonly (string | null)[] } | null;
    }
  /** Nothing was done: the number is below the last one, which this is. */
  | { readonly kind: "stale"; readonly last: number };

/** Where the room's log stands, and the last messages before a place in it, ascending and without holes. */
export interface TailPage {
  readonly head: LogHead;
  /** Of all messages of the epoch. */
  readonly bytes: number;
  readonly texts: readonly string[];
  /** Whether nothing before them is retained. */
  readonly isAll: boolean;
}
