import { createHmac } from "node:crypto";

/** What a JWT may carry here; tests also put nonsense in it. */
export type Claims = Record<string, unknown>;

export interface TokenParts {
  header?: Record<string, unknown>;
  claims: Claims;
  secret: string;
  /** The digest the signature is really made with, whatever the header says. */
  digest?: "sha256" | "sha384" | "sha512";
}

/** Now in whole seconds, as in a token's own claims. */
export const seconds = (): number => Math.floor(Date.now() / 1000);

/** A signed JWT of exactly these parts, right or wrong. */
export function sign({ header = { alg: "HS256", typ: "JWT" }, claims, secret, digest = "sha256" }: TokenParts): string {
  const signed = `${segment(header)}.${segment(claims)}`;
  return `${signed}.${createHmac(digest, secret).update(signed).digest("base64url")}`;
}

/** One base64url segment of a JWT. */
export const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The claims of a good token: an hour, issued now. */
export function claimsOf(sub: string, capabilities: Record<string, string[]>, more: Claims = {}): Claims {
  return { sub, iat: seconds(), exp: seconds() + 3600, capabilities, ...more };
}
