/**
 * Counts the requests that were denied (401, 403) by address, so that nobody can try credentials without end. A cache of
 * this isolate: it costs nothing and needs no binding. (SPEC DENIED-1)
 */
import { RateLimit } from "../core/rate-limit.ts";
import { failure } from "../protocol/codes.ts";
import { Refusal } from "./problem.ts";

/** Addresses remembered at once; beyond that the one that was seen first is forgotten. */
const MOST_ADDRESSES = 10_000;

export class Denials {
  readonly #perMinute: number;
  readonly #byAddress = new Map<string, RateLimit>();

  /** `perMinute` 0: no limit. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Throws for an address that was denied too often. */
  check(address: string, now: number): void {
    const wait = this.#byAddress.get(address)?.waitFor(1, now) ?? 0;
    if (wait > 0) throw new Refusal(failure("rate_limited", "Too many denied requests from your address.", wait));
  }

  count(address: string, now: number): void {
    let limit = this.#byAddress.get(address);
    if (limit === undefined) {
      const oldest = this.#byAddress.keys().next();
      if (this.#byAddress.size >= MOST_ADDRESSES && !oldest.done) this.#byAddress.delete(oldest.value);
      limit = new RateLimit(this.#perMinute / 60, this.#perMinute, now);
      this.#byAddress.set(address, limit);
    }
    limit.take(1, now);
  }
}
