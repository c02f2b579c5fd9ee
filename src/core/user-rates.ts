import type { Config } from "../config.ts";
import { RateLimit } from "./rate-limit.ts";

/** Users remembered at once; beyond that those with nothing taken lately are forgotten, then the oldest. */
const MOST_USERS = 10_000;

/** The rates of those who publish and signal over HTTP: by user, in this channel. */
export class UserRates {
  readonly #config: Config;
  readonly #rates = new Map<string, { publish: RateLimit; signal: RateLimit }>();

  constructor(config: Config) {
    this.#config = config;
  }

  of(user: string, now: number): { publish: RateLimit; signal: RateLimit } {
    let rates = this.#rates.get(user);
    if (rates === undefined) {
      if (this.#rates.size >= MOST_USERS) this.#forgetSome(now);
      const { PUBLISH_RATE, PUBLISH_BURST, SIGNAL_RATE } = this.#config;
      rates = {
        publish: new RateLimit(PUBLISH_RATE, PUBLISH_BURST, now),
        signal: new RateLimit(SIGNAL_RATE, Math.max(1, SIGNAL_RATE), now),
      };
      this.#rates.set(user, rates);
    }
    return rates;
  }

  #forgetSome(now: number): void {
    for (const [user, { publish, signal }] of this.#rates)
      if (publish.isFull(now) && signal.isFull(now)) this.#rates.delete(user);
    const oldest = this.#rates.keys().next();
    if (this.#rates.size >= MOST_USERS && !oldest.done) this.#rates.delete(oldest.value);
  }
}
