/** Users' tokens: JWTs whose algorithms and keys are the configuration's, never the token's. (SPEC AUTH-1 to AUTH-4) */
import { CompactSign, decodeProtectedHeader } from "jose";
import { isGuestId, isId } from "../protocol/address.ts";
import { isObject, type JsonObject, utf8Length } from "../protocol/json.ts";
import { KeysUnavailable, keySetAt } from "./key-set.ts";
import { derivedKeys, type Secrets } from "./secrets.ts";
import { COMPACT, firstThatFits, type Payload } from "./signature.ts";

/** What a valid token says. */
export interface Claims {
  readonly user: string;
  readonly kind: "user" | "guest";
  /** The second it was made in; null: it does not say. */
  readonly issuedAt: number | null;
  /** ms; null: never. */
  readonly expires: number | null;
  readonly info: JsonObject | null;
  /** Operation names by pattern, as given: `capabilities.ts` reads them. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** With `retryAfter` (ms): the keys to check it with cannot be had at the moment. */
export type Verdict = Claims | "invalid" | { readonly retryAfter: number };

/** s: how long a token may last, how far the clocks of whoever made it may be off. */
export const LONGEST_LIFE = 24 * 3600;
const LEEWAY = 60;
const INFO_BYTES = 1024;
const PUBLIC_KEY_ALGORITHMS = ["ES256", "RS256", "EdDSA"];
/** Tells the two kinds of tokens apart; what vouches for it is the key, which is another. */
const GUEST_TYPE = "edgewire-guest";

/** What `token` says, if it is valid at `now` (ms). */
export async function verifyToken(token: string, secrets: Secrets, now: number): Promise<Verdict> {
  if (!COMPACT.test(token)) return "invalid";
  try {
    const { alg, typ } = decodeProtectedHeader(token);
    if (typ === GUEST_TYPE) {
      const payload = await firstThatFits(token, await derivedKeys(secrets, "guest"), ["HS256"]);
      return (payload && readGuest(payload, now / 1000)) ?? "invalid";
    }
    const payload =
      alg === "HS256"
        ? await firstThatFits(token, secrets.signing, ["HS256"])
        : await verifyByKeySet(token, secrets.jwksUrl, now);
    return (payload && readClaims(payload, secrets, now / 1000)) ?? "invalid";
  } catch (error) {
    return error instanceof KeysUnavailable ? { retryAfter: error.retryAfter } : "invalid";
  }
}

/** A guest's token, good for 24 h; null if there is no key to sign it with. */
export async function mintGuest(
  user: string,
  secrets: Secrets,
  now: number,
): Promise<{ token: string; expires: number } | null> {
  const key = (await derivedKeys(secrets, "guest"))[0];
  if (key === undefined) return null;
  const exp = Math.floor(now / 1000) + LONGEST_LIFE;
  const payload = new TextEncoder().encode(JSON.stringify({ sub: user, exp }));
  const token = await new CompactSign(payload).setProtectedHeader({ alg: "HS256", typ: GUEST_TYPE }).sign(key);
  return { token, expires: exp * 1000 };
}

async function verifyByKeySet(token: string, jwksUrl: string | null, now: number): Promise<Payload | null> {
  if (jwksUrl === null) return null;
  const header = decodeProtectedHeader(token);
  if (!PUBLIC_KEY_ALGORITHMS.includes(header.alg ?? "")) return null;
  const [protectedHeader = "", payload = "", signature = ""] = token.split(".");
  const input = { protected: protectedHeader, payload, signature };
  const keys = await keySetAt(jwksUrl).candidates({ ...header, alg: header.alg ?? "" }, input, now);
  return firstThatFits(token, keys, PUBLIC_KEY_ALGORITHMS);
}

function readClaims(payload: Payload, { issuer, audience }: Secrets, now: number): Claims | null {
  const { sub, exp, iat, nbf, iss, aud, info, capabilities = {} } = payload;
  if (typeof sub !== "string" || !isId(sub) || sub === "server" || isGuestId(sub)) return null;
  if (!isTime(exp) || exp <= now) return null;
  if (iat !== undefined && (!isTime(iat) || iat > now + LEEWAY)) return null;
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + LEEWAY)) return null;
  if (exp - (iat ?? now) > LONGEST_LIFE) return null;
  if (issuer !== null && iss !== issuer) return null;
  if (audience !== null && aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) return null;
  if (info !== undefined && (!isObject(info) || utf8Length(JSON.stringify(info)) > INFO_BYTES)) return null;
  if (!isObject(capabilities)) return null;
  return {
    user: sub,
    kind: "user",
    issuedAt: iat === undefined ? null : Math.floor(iat),
    expires: Math.floor(exp * 1000),
    info: (info as JsonObject | undefined) ?? null,
    capabilities,
  };
}

function readGuest({ sub, exp }: Payload, now: number): Claims | null {
  if (typeof sub !== "string" || !isTime(exp) || exp <= now) return null;
  return { user: sub, kind: "guest", issuedAt: null, expires: exp * 1000, info: null, capabilities: {} };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
