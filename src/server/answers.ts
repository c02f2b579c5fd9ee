/** What the service answers to a backend. */
import type { Code } from "../protocol/codes.ts";

export type { HistoryPage, Member, MembersPage, Message } from "../protocol/frames.ts";
export type { Json, JsonObject } from "../protocol/json.ts";

/** It is on disk. */
export interface Receipt {
  readonly seq: number;
  readonly cursor: string;
  readonly id: string;
  /** ms since 1970 */
  readonly at: number;
  /** That user had published that id before: this is what became of it then. */
  readonly duplicate?: true;
}

/** Why one channel of many did not take it. */
export interface Refused {
  readonly code: Code | (string & {});
  readonly detail: string;
}

export interface Online {
  readonly online: boolean;
  /** ms since 1970: now while online, null if never. */
  readonly lastSeen: number | null;
}

/** One that could not be reached is answered with a `code`. */
export interface PresenceAnswer {
  readonly users: Readonly<Record<string, Online | { readonly code: Code | (string & {}) }>>;
  readonly rooms: Readonly<Record<string, { readonly count: number } | { readonly code: Code | (string & {}) }>>;
}
