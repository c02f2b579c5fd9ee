/**
 * Counts of latencies in buckets at most 1/32 as wide as their value, so that recording is two shifts and a million of
 * them cost no memory. Values in ms, kept as whole µs; above an hour they all count as an hour.
 */
const SUB_BITS = 6;
const SUB_BUCKETS = 1 << SUB_BITS;
const MAX_MICROSECONDS = 2 ** 31 - 1;

export class Histogram {
  readonly #buckets = new Float64Array(bucketOf(MAX_MICROSECONDS) + 1);
  count = 0;

  record(milliseconds: number): void {
    const value = Math.min(Math.max(0, Math.round(milliseconds * 1000)), MAX_MICROSECONDS);
    const index = bucketOf(value);
    this.#buckets[index] = (this.#buckets[index] as number) + 1;
    this.count++;
  }

  /** The value in ms below which the share `quantile` (0–1) of the records lies; NaN if there are none. */
  quantile(quantile: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(quantile * this.count));
    let seen = 0;
    for (let index = 0; index < this.#buckets.length; index++) {
      seen += this.#buckets[index] as number;
      if (seen >= rank) return middleOf(index) / 1000;
    }
    return MAX_MICROSECONDS / 1000;
  }
}

/** Below 64 µs a bucket a µs; above, 32 buckets to each doubling (the upper half of the sub-buckets). */
function bucketOf(value: number): number {
  const shift = Math.max(0, 32 - SUB_BITS - Math.clz32(value));
  return (shift << (SUB_BITS - 1)) + (value >>> shift);
}

function middleOf(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const shift = (index >>> (SUB_BITS - 1)) - 1;
  const lowest = (index - (shift << (SUB_BITS - 1))) * 2 ** shift;
  return lowest + (2 ** shift - 1) / 2;
}
