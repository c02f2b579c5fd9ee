/** ms: what the first delay may be, and what no delay exceeds. */
const FIRST = 500;
const LONGEST = 20_000;

/**
 * How many ms to wait before try number `tries` (from 0): anywhere between nothing and a bound that doubles ("full
 * jitter"), so that all the clients that one restart has cut off do not come back at once.
 * @param random from 0 to 1
 */
export function backoff(tries: number, random: number): number {
  return random * Math.min(LONGEST, FIRST * 2 ** tries);
}
