/**
 * Where what is sent lies in the log, for readers that pass it on: another object, which keeps its readers' positions
 * itself and must notice when something is missing. Whoever holds the client's own connection needs none of it.
 */
import type { Cursor } from "../protocol/cursor.ts";

export interface Place {
  readonly epoch: string;
  /** Where a reader has to stand for this to be the next; null: here it begins. */
  readonly previous: Cursor | null;
  /** The seq where it stands afterwards; what it was not shown of that (its own messages) counts too. */
  readonly to: number;
}

/** `next`: it follows on. `old`: the reader is past it. `behind`: something before it is missing. */
export type Fit = "next" | "old" | "behind";

/** @param isTrusted whether both ends have not lost their memory since the last: else only what follows on fits */
export function fitAt({ epoch, seq }: Cursor, place: Place, isTrusted: boolean): Fit {
  const { previous } = place;
  if (previous === null || (previous.epoch === epoch && previous.seq === seq)) return "next";
  return isTrusted && place.epoch === epoch && place.to <= seq ? "old" : "behind";
}

/** From one seq to another within an epoch. */
export function stretch(epoch: string, after: number, to: number): Place {
  return { epoch, previous: { epoch, seq: after }, to };
}
