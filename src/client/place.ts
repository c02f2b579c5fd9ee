/** How far a subscriber is in the log: what makes of many connections, each of which may repeat, one list of messages. */
import { type Cursor, parseCursor } from "../protocol/cursor.ts";
import type { GapFrame, WelcomeFrame } from "../protocol/frames.ts";

/** Null: nowhere yet, because nothing was ever heard. */
export type Place = Cursor | null;

/** Where one stands after a welcome. Throws if it makes no sense. */
export function afterWelcome(place: Place, { cursor, resume }: Pick<WelcomeFrame, "cursor" | "resume">): Place {
  const head = cursorIn(cursor);
  if (!place) return resume === "live" ? head : null;
  // A gap says itself where one stands. Else one stays: what was heard from the old connection since this one was dialled
  // is ahead of its welcome, and comes again.
  if (resume !== "gap" && head.epoch !== place.epoch) throw new Error("another epoch");
  return place;
}

/** Where one stands after a gap: before the oldest message that is left, or at what the service says. Throws: nowhere. */
export function afterGap({ oldest, cursor }: Pick<GapFrame, "oldest" | "cursor">): Cursor {
  const { epoch, seq } = cursorIn(oldest ?? cursor);
  return { epoch, seq: oldest === null ? seq : Math.max(0, seq - 1) };
}

/** Throws if it is none. */
export function cursorIn(text = ""): Cursor {
  const cursor = parseCursor(text);
  if (!cursor) throw new Error("no cursor");
  return cursor;
}
