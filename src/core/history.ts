/** A page of what was said before: the same over HTTP and in a frame. (SPEC HISTORY-1 to HISTORY-6) */
import { type Cursor, formatCursor } from "../protocol/cursor.ts";
import type { Gap, Order } from "../protocol/frames.ts";
import type { Log, LogHead, LogSlice } from "../storage/log.ts";
import { type LogBounds, type Resume, resume } from "./resume.ts";

export interface HistoryQuery {
  /** Both are exclusive. */
  readonly after: Cursor | null;
  readonly before: Cursor | null;
  /** Inclusive, ms. */
  readonly from: number | null;
  readonly to: number | null;
  readonly limit: number;
  readonly order: Order;
}

/** The page as JSON without the braces: the messages' texts are spliced in as they are stored. */
export function historyFields(query: HistoryQuery, log: Log, head: LogHead, maxBytes: number, now: number): string {
  const oldest = log.oldest(now);
  const bounds = { epoch: head.epoch, oldest, head: head.seq };
  const { after, before, limit, order } = query;

  const start = after === null ? null : resume({ kind: "after", cursor: after }, bounds);
  // The page is taken from the messages between `low` and `high`, both included.
  let low = (start?.from ?? 0) + 1;
  let high = before === null ? head.seq : before.epoch === head.epoch ? Math.min(before.seq - 1, head.seq) : 0;
  if (query.from !== null) low = Math.max(low, log.firstSince(query.from, now));
  if (query.to !== null) high = Math.min(high, log.firstSince(query.to + 1, now) - 1);
  low = Math.max(low, oldest);

  const forward = after !== null;
  const slice: LogSlice =
    low > high
      ? { first: low, texts: [] }
      : forward
        ? log.readAfter(low - 1, high, limit, maxBytes, now)
        : log.readBefore(high + 1, low - 1, limit, maxBytes, now);

  // Read from a cursor, every hole is told. A range or a time that begins later leaves out what was asked to be.
  const isWhole = query.from === null && query.to === null && before === null;
  const gap =
    after !== null && start !== null && (isWhole || start.kind === "gap")
      ? gapBefore(slice, after, start, bounds)
      : before !== null && before.epoch !== head.epoch
        ? gapBetween(before, bounds, "epoch")
        : null;

  const last = slice.first + slice.texts.length - 1;
  const isEmpty = slice.texts.length === 0;
  const more = !isEmpty && (forward ? last < high : slice.first > low);
  // Read forward the page ends at its newest message, read backward at its oldest.
  const endsAtNewest = forward || (before === null && order === "asc");
  const end = isEmpty ? head.seq : endsAtNewest ? last : slice.first;
  const texts = order === "asc" ? slice.texts : slice.texts.toReversed();
  return (
    `"messages":[${texts.join(",")}],"cursor":"${formatCursor(head.epoch, end)}","more":${more},` +
    `"oldest":${JSON.stringify(oldestCursor(bounds))},"gap":${JSON.stringify(gap)}`
  );
}

/** The oldest retained message; null if there is none. */
function oldestCursor({ epoch, oldest, head }: LogBounds): string | null {
  return oldest > head ? null : formatCursor(epoch, oldest);
}

/**
 * What a reader at `after` is told before it gets `slice`: that retention (or a new epoch) has taken what is between, or
 * that a row could not be read; null if nothing is missing.
 */
export function gapBefore(slice: LogSlice, after: Cursor, start: Resume, bounds: LogBounds): Gap | null {
  if (start.kind === "gap") return gapBetween(after, bounds, start.reason);
  if (start.from >= bounds.head || slice.first === start.from + 1) return null;
  const oldest = slice.texts.length === 0 ? bounds.head + 1 : slice.first;
  return gapBetween(after, { ...bounds, oldest }, "expired");
}

/** What a reader at `after` is told when what follows is not all there. */
export function gapBetween(after: Cursor, bounds: LogBounds, reason: Gap["reason"]): Gap {
  return { after: formatCursor(after.epoch, after.seq), oldest: oldestCursor(bounds), reason };
}
