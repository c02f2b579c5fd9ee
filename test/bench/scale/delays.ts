/**
 * How long something takes, as shares by the millisecond: what is added up, mixed and asked for percentiles. Whatever a
 * formula says of a distribution is in bins of 1 ms.
 */
export class Delays {
  /** The share of each millisecond, from 0 on. They add up to 1, or to nothing if there is nothing. */
  readonly shares: Float64Array;

  /** @param weights of each ms; they need not add up to 1 */
  constructor(weights: ArrayLike<number>) {
    let sum = 0;
    for (let at = 0; at < weights.length; at++) sum += weights[at] as number;
    this.shares = new Float64Array(weights.length);
    if (sum > 0) for (let at = 0; at < weights.length; at++) this.shares[at] = (weights[at] as number) / sum;
  }

  static always(ms: number): Delays {
    return Delays.between(ms, ms);
  }

  /** Anything from `from` to `to`, alike. */
  static between(from: number, to: number): Delays {
    const ranges = new Ranges(Math.ceil(to) + 2);
    ranges.add(from, to, 1);
    return ranges.delays();
  }

  /** Most of it soon, a tail of three times the mean and more: what networks add. */
  static tail(mean: number): Delays {
    const length = Math.max(2, Math.ceil(mean * TAILS));
    return new Delays(Array.from({ length }, (_, at) => Math.exp(-at / mean) - Math.exp(-(at + 1) / mean)));
  }

  static mix(parts: readonly (readonly [weight: number, delays: Delays])[]): Delays {
    const weights = new Float64Array(Math.max(1, ...parts.map(([, { shares }]) => shares.length)));
    for (const [weight, { shares }] of parts)
      for (let at = 0; at < shares.length; at++)
        weights[at] = (weights[at] as number) + weight * (shares[at] as number);
    return new Delays(weights);
  }

  /** One after the other, independent of each other. */
  plus(next: Delays): Delays {
    const weights = new Float64Array(this.shares.length + next.shares.length);
    for (let at = 0; at < this.shares.length; at++) {
      const share = this.shares[at] as number;
      if (share < NEGLIGIBLE) continue;
      for (let more = 0; more < next.shares.length; more++)
        weights[at + more] = (weights[at + more] as number) + share * (next.shares[more] as number);
    }
    return new Delays(weights);
  }

  /** At least so long: what is sooner waits. */
  atLeast(ms: number): Delays {
    const floor = Math.floor(ms);
    const weights = new Float64Array(Math.max(this.shares.length, floor + 1));
    for (let at = 0; at < this.shares.length; at++)
      weights[Math.max(at, floor)] = (weights[Math.max(at, floor)] as number) + (this.shares[at] as number);
    return new Delays(weights);
  }

  get mean(): number {
    return this.shares.reduce((sum, share, at) => sum + share * (at + 0.5), 0);
  }

  /** ms that a `share` of all takes at most, to the middle of its bin. */
  quantile(share: number): number {
    let sum = 0;
    for (let at = 0; at < this.shares.length; at++) {
      sum += this.shares[at] as number;
      if (sum >= share - NEGLIGIBLE) return at + 0.5;
    }
    return Number.NaN;
  }
}

const TAILS = 12;
const NEGLIGIBLE = 1e-9;

/** Collects spans of time that many things were spread over evenly; each costs the same, however long and however many. */
export class Ranges {
  /** Of the rate in a bin, what it is more than in the one before. */
  readonly #steps: Float64Array;
  total = 0;

  /** @param length ms; what is later counts as that */
  constructor(length: number) {
    this.#steps = new Float64Array(length + 2);
  }

  add(from: number, to: number, weight: number): void {
    const last = this.#steps.length - 2;
    const first = Math.min(last - 1, Math.max(0, Math.floor(from)));
    const end = Math.min(last, Math.max(first + 1, Math.ceil(to)));
    const rate = weight / (end - first);
    this.#steps[first] = (this.#steps[first] as number) + rate;
    this.#steps[end] = (this.#steps[end] as number) - rate;
    this.total += weight;
  }

  delays(): Delays {
    const rates = new Float64Array(this.#steps.length);
    let rate = 0;
    let used = 0;
    for (let at = 0; at < rates.length; at++) {
      rate += this.#steps[at] as number;
      rates[at] = Math.max(0, rate);
      if (rate > this.total * NEGLIGIBLE) used = at + 1;
    }
    return new Delays(rates.subarray(0, Math.max(1, used)));
  }
}
