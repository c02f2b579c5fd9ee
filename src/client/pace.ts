/** As fast as the service lets one say things, so that nothing is refused for its rate and so comes out of order. */

/** Of the burst: the rest is for what the network holds up and then brings at once. */
const USED = 0.5;

/** @param rate a second; 0: no limit */
export type Pace = (limit: { readonly rate: number; readonly burst: number }) => number;

/**
 * Counts one that wants to go: 0 if it may, or how many ms it has to wait, and then is not counted. The service may count
 * over all connections: a new one brings no new burst.
 */
export function newPace(now: () => number): Pace {
  /** When all that went has been made up for: as much ahead of now as the burst has been used. (GCRA) */
  let even = 0;
  return ({ rate, burst }) => {
    if (rate === 0) return 0;
    const each = 1000 / rate;
    const most = Math.max(1, burst * USED) * each;
    // A clock that goes back brings nothing, and takes nothing.
    even = Math.min(Math.max(even, now()), now() + most);
    const wait = even + each - now() - most;
    if (wait > 0) return wait;
    even += each;
    return 0;
  };
}
