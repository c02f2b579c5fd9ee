/**
 * The public keys of whoever signs users' tokens. Kept while they are fresh; used for a day more if they cannot be
 * fetched, because a key server that is down must not lock everybody out.
 */
import { type CryptoKey, createRemoteJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";

const FRESH_FOR = 600_000;
const STALE_FOR = 86_400_000;
/** ms between two tries, whether a token names an unknown key or the server is down. */
const COOLDOWN = 30_000;
const TIMEOUT = 3000;

/** The keys cannot be had: the token may be good. */
export class KeysUnavailable extends Error {}

export class KeySet {
  readonly #set: ReturnType<typeof createRemoteJWKSet>;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(url: string) {
    // Freshness is kept here, so that old keys outlast a failed fetch.
    const options = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: COOLDOWN, timeoutDuration: TIMEOUT };
    this.#set = createRemoteJWKSet(new URL(url), options);
  }

  /** The keys that fit the token's header. Throws `KeysUnavailable`. */
  async candidates(header: JWSHeaderParameters, token: FlattenedJWSInput, now: number): Promise<CryptoKey[]> {
    await this.#refresh(now);
    try {
      return [await this.#set(header, token)];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return Array.fromAsync(error);
      if (error instanceof errors.JWKSInvalid || error instanceof errors.JWKSTimeout) throw new KeysUnavailable();
      if (error instanceof errors.JOSENotSupported) return [];
      throw new KeysUnavailable();
    }
  }

  async #refresh(now: number): Promise<void> {
    if (now - this.#fetchedAt < FRESH_FOR) return;
    const mayStay = now - this.#fetchedAt < STALE_FOR;
    if (now - this.#triedAt < COOLDOWN) {
      if (mayStay) return;
      throw new KeysUnavailable();
    }
    this.#triedAt = now;
    try {
      await this.#set.reload();
      this.#fetchedAt = now;
    } catch {
      if (!mayStay) throw new KeysUnavailable();
    }
  }
}

/** One per address, for the life of the isolate. */
const sets = new Map<string, KeySet>();

export function keySetAt(url: string): KeySet {
  const set = sets.get(url) ?? new KeySet(url);
  sets.set(url, set);
  return set;
}
