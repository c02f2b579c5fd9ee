/** As fast as the service lets one publish, so that nothing is refused for its rate and so comes out of order. */
export class Pace {
  readonly #now: () => number;
  #rate = 0;
  #burst = 1;
  #tokens = 1;
  #at = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param rate a second; 0: no limit */
  begin({ rate, burst }: { rate: number; burst: number }): void {
    const isSame = rate === this.#rate && burst === this.#burst;
    [this.#rate, this.#burst] = [rate, burst];
    if (!isSame) this.#tokens = burst;
    this.#at = this.#now();
  }

  /** Takes one; 0, or how many ms to wait for it. */
  take(): number {
    if (this.#rate === 0) return 0;
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#rate) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
