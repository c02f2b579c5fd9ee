/** Where a reader stands in a channel's log: what it shows, drops as seen already, and asks for on the next connect. */
import { type Cursor, formatCursor, parseCursor } from "../../protocol/cursor.ts";
import type { GapFrame, Message, WelcomeFrame } from "../../protocol/frames.ts";

export interface Place {
  /** The life of the log; null: not known before the first welcome. */
  readonly epoch: string | null;
  /** The last message that was seen; null: none yet, whatever comes first is news. */
  readonly seq: number | null;
  /** The last one that there was when the connection began. */
  readonly head: number;
}

/** @param after the cursor to start after, or null to start with the newest */
export function placeAfter(after: Cursor | null): Place {
  return { epoch: after?.epoch ?? null, seq: after?.seq ?? null, head: 0 };
}

/** The query of the next connect: after what was seen, or the last `rewind` messages. */
export function resumeQuery({ epoch, seq }: Place, rewind: number): string {
  return epoch !== null && seq !== null ? `after=${formatCursor(epoch, seq)}` : `rewind=${rewind}`;
}

/** Null if the service's cursor is none. */
export function afterWelcome(place: Place, { cursor, resume }: WelcomeFrame): Place | null {
  const head = parseCursor(cursor);
  if (head === null) return null;
  const seq = { live: head.seq, replay: head.epoch === place.epoch ? place.seq : null, gap: null }[resume] ?? null;
  return { epoch: head.epoch, seq, head: head.seq };
}

export function afterGap(place: Place, { oldest, cursor }: GapFrame): Place {
  const first = oldest === null ? null : parseCursor(oldest);
  if (first !== null) return { ...place, epoch: first.epoch, seq: first.seq - 1 };
  const end = cursor === undefined ? null : parseCursor(cursor);
  return end === null ? place : { epoch: end.epoch, seq: end.seq, head: end.seq };
}

/** The messages that have not been seen, and the place after them. */
export function take(place: Place, messages: readonly Message[]): { place: Place; news: Message[] } {
  let seq = place.seq ?? 0;
  const news = messages.filter((message) => {
    if (message.seq <= seq) return false;
    seq = message.seq;
    return true;
  });
  return { place: news.length === 0 ? place : { ...place, seq }, news };
}

/** Whether everything has been seen that was there at the welcome, and up to `seq`. */
export function hasSeen(place: Place, seq: number): boolean {
  return place.seq !== null && place.seq >= Math.max(place.head, seq);
}
