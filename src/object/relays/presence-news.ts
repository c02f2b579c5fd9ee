/** What nodes of a room tell each other of their members: the room's object its relays, and each relay the room. */
import type { MemberAt } from "../../core/member-at.ts";
import type { PresenceReport } from "../../core/presence-report.ts";

/** In order, in one turn of its reader. */
export interface PresenceNews {
  /** How many want to be told, at the sender and beyond it. */
  readonly watchers: number;
  readonly items: readonly PresenceItem[];
}

/** A `source` is a relay's name; empty: whoever the item is from (`report`) or to (`need`). */
export type PresenceItem =
  | { readonly kind: "report"; readonly source: string; readonly report: PresenceReport }
  /** What was said of that source does not fit: say everything. */
  | { readonly kind: "need"; readonly source: string }
  /** From the room: these are all of its other relays. */
  | { readonly kind: "sources"; readonly sources: readonly string[] }
  /** Say what you know by now, then `told`. */
  | { readonly kind: "ask"; readonly number: number; readonly page: AskedPage | null }
  /** `members`: of the page, if one was asked for. */
  | { readonly kind: "told"; readonly number: number; readonly members: readonly MemberAt[] };

/** At most `limit` members after the user id `after`. */
export interface AskedPage {
  readonly limit: number;
  readonly after: string;
}

/** UTF-16 units of a member as JSON, about: what waits is to be bounded, and writing it all down only to know is dear. */
const MEMBER_UNITS = 256;

export function unitsOf({ items }: PresenceNews): number {
  let members = 0;
  for (const item of items) {
    if (item.kind === "report") members += (item.report.members?.length ?? 0) + (item.report.left?.length ?? 0);
    else if (item.kind === "told") members += item.members.length;
  }
  return members * MEMBER_UNITS;
}
