/** fast-check with a fixed seed, so that a run that passed passes again, and the failing case can be had back. */
import fc from "fast-check";

/**
 * Checks `property` on `runs` random cases, `RUNS` times as many if that is set. A failure prints seed, path and the
 * shrunk case; `SEED=<other>` looks elsewhere.
 */
export function holds<T>(property: fc.IProperty<T>, runs = 100): void {
  fc.assert(property, parameters(runs));
}

/** The same for a property that takes its time. */
export function holdsAsync<T>(property: fc.IAsyncProperty<T>, runs = 100): Promise<void> {
  return fc.assert(property, parameters(runs));
}

function parameters(runs: number) {
  const seed = Number(process.env.SEED ?? 20_261_122);
  return { seed, numRuns: Math.ceil(runs * Number(process.env.RUNS ?? 1)) };
}
