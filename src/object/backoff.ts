/** ms before a call to another object is repeated that has failed, or has not been answered. */
export const RETRIES: readonly number[] = [50, 200, 1000];

/** ms */
const SHORTEST = 1000;
export const LONGEST_BACKOFF = 300_000;

/**
 * ms before what has failed since `since` is tried again: as long as it has failed already. So it needs no counter, which a
 * sleep would forget.
 */
export function backoff(since: number, now: number): number {
  return Math.min(Math.max(now - since, SHORTEST), LONGEST_BACKOFF);
}
