/** Users' tokens: JWTs whose algorithm is pinned here, never by the token. (SPEC AUTH-1 to AUTH-4) */
import { compactVerify, errors } from "jose";
import { isId } from "../protocol/address.ts";
import { isObject, type JsonObject, parseJson, utf8Length } from "../protocol/json.ts";
import type { Secrets } from "./secrets.ts";

/** What a valid token says. */
export interface Claims {
  readonly user: string;
  /** ms */
  readonly expires: number;
  readonly info: JsonObject | null;
  /** Operation names by pattern, as given: `capabilities.ts` reads them. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** s: how long a token may last, how far the clocks of whoever made it may be off. */
const LONGEST_LIFE = 24 * 3600;
const LEEWAY = 60;
const INFO_BYTES = 1024;

/** What `token` says, if it is valid at `now` (ms); null if anything is wrong with it. */
export async function verifyToken(token: string, secrets: Secrets, now: number): Promise<Claims | null> {
  const claims = await verifySignature(token, secrets);
  return claims && readClaims(claims, now / 1000);
}

/** Only the signature: times are checked by the caller's clock, with the contract's leeways. */
async function verifySignature(token: string, { signing }: Secrets): Promise<Record<string, unknown> | null> {
  for (const secret of signing) {
    try {
      const { payload } = await compactVerify(token, secret, { algorithms: ["HS256"] });
      const claims = parseJson(new TextDecoder().decode(payload));
      return isObject(claims) ? claims : null;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return null;
    }
  }
  return null;
}

function readClaims(
  { sub, exp, iat, nbf, info, capabilities = {} }: Record<string, unknown>,
  now: number,
): Claims | null {
  if (typeof sub !== "string" || !isId(sub) || sub === "server" || sub.startsWith("guest-")) return null;
  if (!isTime(exp) || exp <= now) return null;
  if (iat !== undefined && (!isTime(iat) || iat > now + LEEWAY)) return null;
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + LEEWAY)) return null;
  if (exp - (iat ?? now) > LONGEST_LIFE) return null;
  if (info !== undefined && (!isObject(info) || utf8Length(JSON.stringify(info)) > INFO_BYTES)) return null;
  if (!isObject(capabilities)) return null;
  return { user: sub, expires: exp * 1000, info: (info as JsonObject | undefined) ?? null, capabilities };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
