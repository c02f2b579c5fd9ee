/** Below this, in ms, a difference is an error of floating point. */
const EPSILON = 0.001;

/** A bucket of `burst` that fills with `rate` a second: so many at once, and so many on the long run. */
export class RateLimit {
  /** ms that one costs; 0: nothing is limited. */
  readonly #cost: number;
  readonly #burst: number;
  /** When the bucket will be full again, ms. */
  #fullAt: number;
  /** When it was last asked. */
  #at: number;

  /** `rate` 0: no limit. */
  constructor(rate: number, burst: number, now: number) {
    this.#cost = rate === 0 ? 0 : 1000 / rate;
    this.#burst = burst;
    this.#fullAt = now;
    this.#at = now;
  }

  /** Takes `count` and answers 0; or takes nothing and answers the ms after which `count` will be there. */
  take(count: number, now: number): number {
    const wait = this.waitFor(count, now);
    if (wait === 0) this.#fullAt = Math.max(this.#fullAt, now) + count * this.#cost;
    return wait;
  }

  /** The ms after which `count` can be taken; 0: now. */
  waitFor(count: number, now: number): number {
    // A clock that jumps back gives nothing, and locks nobody out.
    if (now < this.#at) this.#fullAt -= this.#at - now;
    this.#at = now;
    // More than the bucket holds is let through when it is full, or it could never be.
    const needed = Math.min(count, this.#burst) * this.#cost;
    const over = Math.max(this.#fullAt, now) + needed - now - this.#burst * this.#cost;
    return over > EPSILON ? Math.ceil(over - EPSILON) : 0;
  }

  /** Whether nothing was taken lately, so that a new one would be the same. */
  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
