/** How far a subscriber is in the log: what makes of many connections, each of which may repeat, one list of messages. */
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import type { GapFrame, Message, WelcomeFrame } from "../protocol/frames.ts";

/** Null: nowhere yet, because nothing was ever heard. */
export type Place = Cursor | null;

/** Where one stands after a welcome; undefined: it makes no sense. */
export function afterWelcome(place: Place, { cursor, resume }: WelcomeFrame): Place | undefined {
  const head = parseCursor(cursor);
  if (head === null) return undefined;
  // A replay says with its first message where it begins; a gap says so itself.
  return resume === "live" ? head : place;
}

/** Where one stands after a gap: before the oldest message that is left, or at what the service says. */
export function afterGap(place: Place, { oldest, cursor }: GapFrame): Place {
  const first = oldest === null ? null : parseCursor(oldest);
  if (first !== null) return { epoch: first.epoch, seq: first.seq - 1 };
  return cursor === undefined ? place : parseCursor(cursor);
}

export interface Taken<Item> {
  readonly place: Place;
  /** What has not been seen before, in order. */
  readonly news: readonly Item[];
  /** Something is missing before one of them, and no gap was told: the connection is not to be believed. */
  readonly isBroken: boolean;
}

/** @param epoch of the log, as the welcome said it, for who is nowhere yet */
export function take<Item extends Pick<Message, "seq">>(
  place: Place,
  epoch: string,
  messages: readonly Item[],
): Taken<Item> {
  let at = place;
  const news: Item[] = [];
  for (const message of messages) {
    if (at !== null && message.seq <= at.seq) continue;
    if (at !== null && message.seq !== at.seq + 1) return { place: at, news, isBroken: true };
    at = { epoch: at?.epoch ?? epoch, seq: message.seq };
    news.push(message);
  }
  return { place: at, news, isBroken: false };
}

export function cursorOf(place: Place): string | null {
  return place === null ? null : formatCursor(place.epoch, place.seq);
}
