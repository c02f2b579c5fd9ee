/**
 * The public keys of whoever signs users' tokens. Kept while they are fresh; used for a day more if they cannot be
 * fetched, because a key server that is down must not lock everybody out. (SPEC AUTH-10)
 */
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from "jose";

const FRESH_FOR = 600_000;
const STALE_FOR = 86_400_000;
/** ms between two tries, whether a token names an unknown key or the server is down. */
const COOLDOWN = 30_000;
const TIMEOUT = 3000;

type LocalSet = ReturnType<typeof createLocalJWKSet>;

/** The keys cannot be had: the token may be good. */
export class KeysUnavailable extends Error {
  /** ms until they are asked for again. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("the keys to check tokens with cannot be fetched");
    this.retryAfter = retryAfter;
  }
}

export class KeySet {
  readonly #url: string;
  #set: LocalSet | null = null;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** The try that is under way: everybody who comes meanwhile waits for the same. */
  #trying: Promise<void> | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** The keys that fit the token's header. Throws `KeysUnavailable`. */
  async candidates(header: JWSHeaderParameters, token: FlattenedJWSInput, now: number): Promise<CryptoKey[]> {
    if (now - this.#fetchedAt >= FRESH_FOR) await this.#refresh(now);
    if (this.#set === null || now - this.#fetchedAt >= STALE_FOR)
      throw new KeysUnavailable(Math.max(0, this.#triedAt + COOLDOWN - now));
    const keys = await matching(this.#set, header, token);
    if (keys.length > 0) return keys;
    await this.#refresh(now); // perhaps the key is new
    return matching(this.#set, header, token);
  }

  /** Fetches the keys, unless that was tried a moment ago. What goes wrong leaves the old ones. */
  async #refresh(now: number): Promise<void> {
    if (now - this.#triedAt >= COOLDOWN) {
      this.#triedAt = now;
      this.#trying = this.#fetch(now).catch(() => {});
    }
    // Whoever began the try may be gone, and its fetch with it: then the others must not wait for ever.
    const { promise: tooLong, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, TIMEOUT);
    await Promise.race([this.#trying, tooLong]);
    clearTimeout(timer);
  }

  async #fetch(now: number): Promise<void> {
    const response = await fetch(this.#url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error(`the key server answered ${response.status}`);
    this.#set = createLocalJWKSet((await response.json()) as JSONWebKeySet); // which checks it
    this.#fetchedAt = now;
  }
}

async function matching(set: LocalSet, header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey[]> {
  try {
    return [await set(header, token)];
  } catch (error) {
    // Without a `kid` several may fit: each is tried.
    return error instanceof errors.JWKSMultipleMatchingKeys ? Array.fromAsync(error) : [];
  }
}

/** One per address, for the life of the isolate. */
const sets = new Map<string, KeySet>();

export function keySetAt(url: string): KeySet {
  const set = sets.get(url) ?? new KeySet(url);
  sets.set(url, set);
  return set;
}
