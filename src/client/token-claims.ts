/** What a token says of itself. Only the service can tell whether it is true; a client may still plan by it. */
import { isObject, parseJson } from "../protocol/json.ts";

export interface TokenClaims {
  readonly user: string | null;
  /** ms since 1970. */
  readonly expires: number | null;
}

/** Nulls for what is no JWT. */
export function claimsOf(token: string | null): TokenClaims {
  const part = token?.split(".")[1] ?? "";
  const claims = parseJson(decoded(part));
  if (!isObject(claims)) return { user: null, expires: null };
  const { sub, exp } = claims;
  return {
    user: typeof sub === "string" ? sub : null,
    expires: typeof exp === "number" ? Math.floor(exp * 1000) : null,
  };
}

function decoded(base64url: string): string {
  try {
    const bytes = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return "";
  }
}
