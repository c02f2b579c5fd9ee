/** Which transport to try: the best one first, another where that does not come through, and the best again later. */
import type { TransportName } from "./machine.ts";

/** Dials in a row that came to nothing, until the next transport is tried. */
const TRIES = 2;
/** ms until a transport that did not come through is tried again, doubled each time up to the last. */
const FIRST_RETURN = 60_000;
const LAST_RETURN = 15 * 60_000;

export interface Ladder {
  /** From best to worst. */
  readonly rungs: readonly TransportName[];
  readonly at: number;
  readonly failures: number;
  /** When to try the best again, ms; null: this is the best. */
  readonly returnAt: number | null;
  readonly wait: number;
}

/** @param remembered what came through when the page was here last */
export function ladderOf(rungs: readonly TransportName[], remembered: string | undefined, now: number): Ladder {
  const at = Math.max(0, rungs.indexOf(remembered as TransportName));
  return { rungs, at, failures: 0, returnAt: at === 0 ? null : now + FIRST_RETURN, wait: FIRST_RETURN };
}

export function current({ rungs, at }: Ladder): TransportName {
  return rungs[at] as TransportName;
}

/** It said welcome. */
export function cameThrough(ladder: Ladder, transport: TransportName): Ladder {
  return transport === ladder.rungs[0] ? ladderOf(ladder.rungs, transport, 0) : { ...ladder, failures: 0 };
}

/** A dial that never came to a welcome. Past the worst the best is tried again: perhaps it was the service. */
export function cameToNothing(ladder: Ladder, now: number): Ladder {
  const failures = ladder.failures + 1;
  if (failures < TRIES) return { ...ladder, failures };
  const at = (ladder.at + 1) % ladder.rungs.length;
  return { ...ladder, at, failures: 0, returnAt: at === 0 ? null : now + ladder.wait };
}

/** The best is tried beside the one that holds; if that comes to nothing, it is again when twice as long has passed. */
export function putOff(ladder: Ladder, now: number): Ladder {
  const wait = Math.min(LAST_RETURN, ladder.wait * 2);
  return { ...ladder, wait, returnAt: now + wait };
}
