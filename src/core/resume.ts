/** Where a reader starts: the one place that knows the rules. (SPEC RESUME-1 to RESUME-6) */
import type { Cursor } from "../protocol/cursor.ts";
import type { GapReason } from "../protocol/frames.ts";

/** What a reader asks for: to go on after a cursor, the last n messages first, or from now on. */
export type Start =
  | { readonly kind: "after"; readonly cursor: Cursor }
  | { readonly kind: "rewind"; readonly count: number }
  | { readonly kind: "now" };

/** What the log has: committed and retained. */
export interface LogBounds {
  readonly epoch: string;
  /** Of the oldest retained message; head + 1 if none is. */
  readonly oldest: number;
  readonly head: number;
}

/** In each case everything retained after seq `from` is to be sent. */
export type Resume =
  | { readonly kind: "live"; readonly from: number }
  | { readonly kind: "replay"; readonly from: number }
  | { readonly kind: "gap"; readonly from: number; readonly reason: GapReason };

export function resume(start: Start, { epoch, oldest, head }: LogBounds): Resume {
  switch (start.kind) {
    case "now":
      return { kind: "live", from: head };
    case "rewind": {
      const from = Math.max(head - start.count, oldest - 1);
      return { kind: from === head ? "live" : "replay", from };
    }
    case "after": {
      const { cursor } = start;
      if (cursor.epoch !== epoch) return { kind: "gap", from: oldest - 1, reason: "epoch" };
      if (cursor.seq > head) return { kind: "gap", from: oldest - 1, reason: "ahead" };
      if (cursor.seq < oldest - 1) return { kind: "gap", from: oldest - 1, reason: "expired" };
      return { kind: cursor.seq === head ? "live" : "replay", from: cursor.seq };
    }
    default:
      return start satisfies never;
  }
}
