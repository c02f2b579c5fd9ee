/** What a token says of itself. Only the service can tell whether it is true; a client may still plan by it. */
import { isObject, parseJson } from "../protocol/json.ts";

export interface TokenClaims {
  readonly user: string;
  /** ms since 1970. */
  readonly expires: number;
}

/** Empty and 0 for what is no JWT, or says nothing of it. */
export function claimsOf(token: string | null): TokenClaims {
  const claims = parseJson(decoded(token?.split(".")[1] ?? ""));
  const { sub, exp } = isObject(claims) ? claims : {};
  return { user: typeof sub === "string" ? sub : "", expires: typeof exp === "number" ? Math.floor(exp * 1000) : 0 };
}

function decoded(base64url: string): string {
  try {
    const bytes = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return "";
  }
}
