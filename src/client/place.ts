/** How far a subscriber is in the log: what makes of many connections, each of which may repeat, one list of messages. */
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import type { GapFrame, Message, WelcomeFrame } from "../protocol/frames.ts";

/** Null: nowhere yet, because nothing was ever heard. */
export type Place = Cursor | null;

/** Where one stands after a welcome; undefined: it makes no sense. */
export function afterWelcome(place: Place, { cursor, resume }: WelcomeFrame): Place | undefined {
  const head = parseCursor(cursor);
  if (head === null) return undefined;
  if (place === null) return resume === "live" ? head : null;
  // A gap says itself where one stands. Else one stays: what was heard from the old connection since this one was dialled
  // is ahead of its welcome, and comes again.
  return resume === "gap" || head.epoch === place.epoch ? place : undefined;
}

/** Where one stands after a gap: before the oldest message that is left, or at what the service says; undefined: nowhere. */
export function afterGap({ oldest, cursor }: Pick<GapFrame, "oldest" | "cursor">): Cursor | undefined {
  const first = parseCursor(oldest ?? "");
  if (first !== null && first.seq > 0) return { epoch: first.epoch, seq: first.seq - 1 };
  return parseCursor(cursor ?? "") ?? undefined;
}

/** What to do with the message `seq`: it is new, or known already; or some before it are missing, and no gap was told. */
export function judge(place: Place, seq: Message["seq"]): "news" | "known" | "hole" {
  if (place === null || seq === place.seq + 1) return "news";
  return seq <= place.seq ? "known" : "hole";
}

export function cursorOf(place: Place): string | null {
  return place === null ? null : formatCursor(place.epoch, place.seq);
}
