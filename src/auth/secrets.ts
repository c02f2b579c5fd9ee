/** The keys that the deployment was given, and what is wrong with them. There are no defaults. (SPEC AUTH-8) */

import type { Variables } from "../config.ts";

/** Bytes below which a secret can be guessed. (RFC 7518 section 3.2: as long as the hash) */
const SHORTEST = 32;

/** What credentials are checked with. */
export interface Secrets {
  /** HS256 keys; the first is the newest. */
  readonly signing: readonly Uint8Array[];
  readonly apiKey: Uint8Array | null;
  /** Where the public keys for ES256, RS256 and EdDSA are. */
  readonly jwksUrl: string | null;
  /** What a token's `iss` and `aud` must be; null: not looked at. */
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** The secrets, or one sentence that says what to set. */
export function readSecrets(given: Variables): Secrets | { readonly problem: string } {
  const { AUTH_SECRET, API_KEY, AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = given;
  const encoder = new TextEncoder();
  const signing = (AUTH_SECRET ?? "")
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "")
    .map((secret) => encoder.encode(secret));
  const apiKey = API_KEY ? encoder.encode(API_KEY) : null;
  if (signing.length === 0 && apiKey === null && !AUTH_JWKS_URL)
    return {
      problem:
        "Set AUTH_SECRET or AUTH_JWKS_URL (to check users' tokens) or API_KEY (a server's own key): `wrangler secret put`.",
    };
  if (signing.some((secret) => secret.length < SHORTEST))
    return { problem: `AUTH_SECRET is too short: each secret needs at least ${SHORTEST} bytes.` };
  if (apiKey !== null && apiKey.length < SHORTEST)
    return { problem: `API_KEY is too short: it needs at least ${SHORTEST} bytes.` };
  if (AUTH_JWKS_URL && !isKeyAddress(AUTH_JWKS_URL))
    return { problem: "AUTH_JWKS_URL must be an https address without a password (http only for localhost)." };
  return {
    signing,
    apiKey,
    jwksUrl: AUTH_JWKS_URL || null,
    issuer: AUTH_ISSUER || null,
    audience: AUTH_AUDIENCE || null,
  };
}

function isKeyAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.username !== "" || url.password !== "") return false; // no request can be made to such a one
  const isLocal = url?.hostname === "localhost" || url?.hostname === "127.0.0.1" || url?.hostname === "[::1]";
  return url?.protocol === "https:" || (url?.protocol === "http:" && isLocal);
}

/**
 * Keys of their own for `purpose`, one for each `AUTH_SECRET`, else for `API_KEY`; none with neither. What is signed
 * with one cannot be taken for anything else that the secret signs.
 */
export async function derivedKeys({ signing, apiKey }: Secrets, purpose: string): Promise<Uint8Array[]> {
  const sources = signing.length > 0 ? signing : apiKey === null ? [] : [apiKey];
  return Promise.all(
    sources.map(async (source) => {
      const key = await crypto.subtle.importKey("raw", source, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`edgewire ${purpose} v1`)));
    }),
  );
}
