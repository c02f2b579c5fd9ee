/** A logarithmic axis: equal factors are equally far apart, which is how throughput and latency are to be compared. */
export interface Scale {
  /** Where a value lies, in the units of the drawing. */
  at(value: number): number;
  /** The powers of ten in the range. */
  ticks: number[];
}

/** @param values what has to fit in, all above 0 @param from where the least lies @param to where the greatest does */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  };
}

const SUFFIXES = [
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** 10000 → `10k` */
export function short(value: number): string {
  for (const [size, suffix] of SUFFIXES) if (value >= size) return `${value / size}${suffix}`;
  return String(Number(value.toPrecision(3)));
}
