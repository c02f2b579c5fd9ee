/** What a page of history must be, by the words of HISTORY-1 to HISTORY-5 and a plain array of messages. */
import type { HistoryQuery } from "../../src/core/history.ts";
import { type Cursor, formatCursor } from "../../src/protocol/cursor.ts";

export interface Told {
  seq: number;
  at: number;
}

/** @param retained the messages that are, in order, without holes */
export function pageOf(query: HistoryQuery, retained: readonly Told[], epoch: string, head: number) {
  const { after, before, from, to, limit, order } = query;
  const oldest = retained[0]?.seq ?? null;
  const gap = gapAt(after, before, epoch, oldest, head);
  const start = after === null || gap !== null ? 0 : after.seq;

  const asked = retained.filter(({ seq, at }) => {
    if (before !== null && (before.epoch !== epoch || seq >= before.seq)) return false;
    return seq > start && at >= (from ?? 0) && at <= (to ?? Number.POSITIVE_INFINITY);
  });
  const forward = after !== null;
  const page = forward ? asked.slice(0, limit) : asked.slice(Math.max(0, asked.length - limit));

  const endsAtNewest = forward || (before === null && order === "asc");
  const end = (endsAtNewest ? page.at(-1) : page[0])?.seq ?? head;
  return {
    messages: (order === "asc" ? page : page.toReversed()).map(({ seq }) => seq),
    cursor: formatCursor(epoch, end),
    more: page.length < asked.length,
    oldest: oldest === null ? null : formatCursor(epoch, oldest),
    gap: gap && { after: gap.after, oldest: oldest === null ? null : formatCursor(epoch, oldest), reason: gap.reason },
  };
}

/** Of a forward read: what RESUME-3 says. Read backward only another epoch can be a gap: the past ends somewhere. */
function gapAt(after: Cursor | null, before: Cursor | null, epoch: string, oldest: number | null, head: number) {
  const told = (cursor: Cursor, reason: string) => ({ after: formatCursor(cursor.epoch, cursor.seq), reason });
  if (after !== null) {
    if (after.epoch !== epoch) return told(after, "epoch");
    if (after.seq > head) return told(after, "ahead");
    if (after.seq < (oldest ?? head + 1) - 1) return told(after, "expired");
  }
  return before !== null && before.epoch !== epoch ? told(before, "epoch") : null;
}
