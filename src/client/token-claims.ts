/** What a token says of itself. Only the service can tell whether it is true; a client may still plan by it. */

export interface TokenClaims {
  readonly user: string;
  /** ms since 1970. */
  readonly expires: number;
}

/** Empty and 0 for what is no JWT, or says nothing of it. */
export function claimsOf(token: string | null): TokenClaims {
  try {
    const [, claims = ""] = (token ?? "").split(".");
    const base64 = claims.replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
    const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes));
    return { user: String(sub ?? ""), expires: Math.floor(Number(exp ?? 0) * 1000) };
  } catch {
    return { user: "", expires: 0 };
  }
}
