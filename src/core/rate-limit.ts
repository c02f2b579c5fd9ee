/** A token bucket: `rate` a second on the long run, `burst` at once. */
export class RateLimit {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** `rate` 0: no limit. */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes `count` and answers 0; or takes nothing and answers the ms after which `count` will be there. */
  take(count: number, now: number): number {
    if (this.#rate === 0) return 0;
    // A clock that jumps back gives nothing and takes nothing.
    const passed = Math.max(0, now - this.#at);
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed / 1000) * this.#rate);
    this.#at = now;
    // More than the bucket holds is let through when it is full, or it could never be.
    const needed = Math.min(count, this.#burst);
    if (this.#tokens >= needed) {
      this.#tokens -= count;
      return 0;
    }
    return Math.ceil(((needed - this.#tokens) / this.#rate) * 1000);
  }

  /** Whether nothing was taken lately, so that a new bucket would be the same. */
  isFull(now: number): boolean {
    return this.#tokens + (Math.max(0, now - this.#at) / 1000) * this.#rate >= this.#burst;
  }
}
