/** What was delivered when, by the region of the listeners and by when it was said. */
import { type Delays, Ranges } from "../delays.ts";
import type { Region } from "../regions.ts";

/** ms: later counts as that. */
const LONGEST = 60_000;

export type Phase = "joining" | "steady";

export class Tally {
  readonly #ranges = new Map<string, Ranges>();
  readonly #after = new Ranges(LONGEST);

  /** `weight` deliveries, spread evenly from one delay to the other, ms. */
  add(phase: Phase, region: Region, from: number, to: number, weight: number): void {
    const key = `${phase} ${region}`;
    let ranges = this.#ranges.get(key);
    if (ranges === undefined) {
      ranges = new Ranges(LONGEST);
      this.#ranges.set(key, ranges);
    }
    ranges.add(from, to, weight);
  }

  /** To those whose relay had failed. */
  addAfterFailure(from: number, to: number, weight: number): void {
    this.#after.add(from, to, weight);
  }

  deliveries(phase: Phase, region: Region): number {
    return this.#ranges.get(`${phase} ${region}`)?.total ?? 0;
  }

  delays(phase: Phase, region: Region): Delays | null {
    return this.#ranges.get(`${phase} ${region}`)?.delays() ?? null;
  }

  get afterFailure(): Delays | null {
    return this.#after.total > 0 ? this.#after.delays() : null;
  }
}
