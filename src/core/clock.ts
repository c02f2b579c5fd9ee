/**
 * A clock may be put forward or back at any moment, and there is no other: what is compared with it must neither wait for as
 * long as it was put back, nor take that for silence.
 */

/** When to act, if `at` was set no more than `most` ms ahead: at once, where the clock was put back since. */
export function dueAt(at: number, most: number, now: number): number {
  return at - now > most ? now : at;
}

/** ms between two looks at the clock; not below 0, if it was put back meanwhile. */
export function between(before: number, now: number): number {
  return Math.abs(now - before);
}

/** The first of some times; null: of none. */
export function earliest(times: Iterable<number | null>): number | null {
  let first: number | null = null;
  for (const time of times) if (time !== null && (first === null || time < first)) first = time;
  return first;
}
