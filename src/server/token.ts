/** Tokens for users: a JWT signed with HS256 (RFC 7519, RFC 7515), by WebCrypto alone. */
import { EdgewireError } from "../client/errors.ts";
import { isId } from "../protocol/address.ts";
import { type JsonObject, utf8Length } from "../protocol/json.ts";
import { type Operation, operationsOf } from "../protocol/operations.ts";

/** Operations by channel: a full address, a prefix that ends in `*`, or `*`. */
export type Capabilities = Readonly<Record<string, readonly (Operation | "*")[]>>;

export interface TokenOptions {
  /** Shown to others with the member: name, avatar. At most 1 KiB as JSON. */
  readonly info?: JsonObject;
  /** s until it ends, at most 24 hours. Default: an hour. */
  readonly ttl?: number;
}

export interface Signer {
  readonly secret: string;
  /** Where the service checks `iss` and `aud`. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** ms since 1970 */
  readonly now: number;
}

/** s */
const DEFAULT_TTL = 3600;
const LONGEST_TTL = 24 * 3600;
/** Bytes below which the service takes no secret. */
const SHORTEST_SECRET = 32;
const INFO_BYTES = 1024;

/** Refuses what the service would refuse, while there is still somebody to see why. (SPEC AUTH-1 to AUTH-4) */
export async function signToken(
  user: string,
  capabilities: Capabilities,
  { info, ttl = DEFAULT_TTL }: TokenOptions,
  { secret, issuer, audience, now }: Signer,
): Promise<string> {
  if (!isId(user) || user === "server" || user.startsWith("guest-"))
    throw new EdgewireError("bad_id", "A user is 1 to 128 of A-Z a-z 0-9 - _ . ~ : @ | + = and not server or guest-….");
  if (!(ttl > 0 && ttl <= LONGEST_TTL))
    throw new EdgewireError("bad_request", `"ttl" is in seconds, at most ${LONGEST_TTL}.`);
  if (!Object.values(capabilities).every((names) => Array.isArray(names) && operationsOf(names) !== null))
    throw new EdgewireError("bad_request", "Capabilities are lists of operations by channel.");
  if (info !== undefined && utf8Length(JSON.stringify(info)) > INFO_BYTES)
    throw new EdgewireError("too_large", `"info" may be at most ${INFO_BYTES} bytes.`);
  const iat = Math.floor(now / 1000);
  const claims = {
    sub: user,
    iat,
    exp: iat + Math.ceil(ttl),
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(audience === undefined ? {} : { aud: audience }),
    capabilities,
    ...(info === undefined ? {} : { info }),
  };
  const signed = `${segment({ alg: "HS256", typ: "JWT" })}.${segment(claims)}`;
  const key = await crypto.subtle.importKey("raw", bytesOf(newest(secret)), HMAC, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, bytesOf(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

const HMAC = { name: "HMAC", hash: "SHA-256" };

/** While rotating the service has several, separated by commas: the first signs. */
function newest(secret: string): string {
  const first = secret.split(",")[0]?.trim() ?? "";
  if (utf8Length(first) < SHORTEST_SECRET)
    throw new EdgewireError(
      "not_configured",
      `The secret is the service's AUTH_SECRET: ${SHORTEST_SECRET} bytes or more.`,
    );
  return first;
}

function segment(part: object): string {
  return base64url(bytesOf(JSON.stringify(part)));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
