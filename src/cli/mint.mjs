// Tokens for local use: a JWT signed with HS256 (RFC 7519, RFC 7515), by node:crypto alone, so that `npm start` can
// make them before anything else runs.
import { createHmac } from "node:crypto";

/** The contract's bound on a token's life, in seconds. */
export const MAX_TTL = 24 * 60 * 60;
/** How long a token lasts if nothing is said, in seconds. */
export const DEFAULT_TTL = 12 * 60 * 60;

/**
 * @param {object} options
 * @param {string} options.secret what the service has as AUTH_SECRET (the first, while two are valid)
 * @param {string} options.user the claim `sub`
 * @param {Record<string, readonly string[]>} options.capabilities operations by channel pattern
 * @param {object} [options.info] shown to others with the member
 * @param {number} [options.ttl] seconds
 * @param {number} [options.now] ms since 1970
 * @returns {string}
 */
export function mint({ secret, user, capabilities, info, ttl = DEFAULT_TTL, now = Date.now() }) {
  const iat = Math.floor(now / 1000);
  const claims = { sub: user, iat, exp: iat + ttl, capabilities, ...(info === undefined ? {} : { info }) };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** @param {object} part */
const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
