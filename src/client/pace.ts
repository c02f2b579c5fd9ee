/** As fast as the service lets one say things, so that nothing is refused for its rate and so comes out of order. */

/** Of the burst: the rest is for what the network holds up and then brings at once. */
const USED = 0.5;

export class Pace {
  readonly #now: () => number;
  #rate = 0;
  #most = 1;
  #tokens = 1;
  #at = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param rate a second; 0: no limit */
  begin({ rate, burst }: { rate: number; burst: number }): void {
    const most = Math.max(1, burst * USED);
    // The service may count over all connections: a new one brings no new burst.
    if (rate !== this.#rate || most !== this.#most) this.#tokens = most;
    [this.#rate, this.#most] = [rate, most];
  }

  /** Takes one; 0, or how many ms to wait for it. */
  take(): number {
    if (this.#rate === 0) return 0;
    const now = this.#now();
    // A clock that goes back brings nothing, and takes nothing.
    this.#tokens = Math.min(this.#most, this.#tokens + (Math.max(0, now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#rate) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
