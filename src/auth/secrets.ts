/** The keys that the deployment was given, and what is wrong with them. There are no defaults. */

/** Bytes below which a secret can be guessed. (RFC 7518 section 3.2: as long as the hash) */
const SHORTEST = 32;

export interface Secrets {
  /** HS256 keys; the first is the newest. */
  readonly signing: readonly Uint8Array[];
  readonly apiKey: Uint8Array | null;
}

interface Given {
  readonly AUTH_SECRET?: string;
  readonly API_KEY?: string;
}

/** The secrets, or one sentence that says what to set. */
export function readSecrets({ AUTH_SECRET, API_KEY }: Given): Secrets | { readonly problem: string } {
  const encoder = new TextEncoder();
  const signing = (AUTH_SECRET ?? "")
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "")
    .map((secret) => encoder.encode(secret));
  const apiKey = API_KEY ? encoder.encode(API_KEY) : null;
  if (signing.length === 0 && apiKey === null)
    return {
      problem: "Set AUTH_SECRET (to check users' tokens) or API_KEY (a server's own key): `wrangler secret put`.",
    };
  if (signing.some((secret) => secret.length < SHORTEST))
    return { problem: `AUTH_SECRET is too short: each secret needs at least ${SHORTEST} bytes.` };
  if (apiKey !== null && apiKey.length < SHORTEST)
    return { problem: `API_KEY is too short: it needs at least ${SHORTEST} bytes.` };
  return { signing, apiKey };
}
