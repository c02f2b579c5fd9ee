/** Who is asking: the `API_KEY`, or a user by their token. (SPEC AUTH-1 to AUTH-4) */
import type { Secrets } from "../auth/secrets.ts";
import { type Claims, verifyToken } from "../auth/token.ts";
import { refuse } from "./problem.ts";

export type Caller = { readonly kind: "server" } | { readonly kind: "user"; readonly claims: Claims };

const BEARER = /^Bearer +([^\s]+)$/i;

/** The bearer token of a request; null without one. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization");
  if (header === null) return null;
  return BEARER.exec(header)?.[1] ?? "";
}

/** Who holds `credential`. Anything wrong with it is the same 401. */
export async function authenticate(
  credential: string | null,
  secrets: Secrets,
  longestToken: number,
  now: number,
): Promise<Caller> {
  if (credential === null || credential.length > longestToken) return unauthenticated();
  if (secrets.apiKey !== null && (await isSame(credential, secrets.apiKey))) return { kind: "server" };
  const claims = await verifyToken(credential, secrets, now);
  return claims === null ? unauthenticated() : { kind: "user", claims };
}

export function unauthenticated(): never {
  return refuse("unauthenticated", "Send a valid token: Authorization: Bearer <token>.");
}

/** Takes the same time wherever the two differ, and whatever their lengths. */
async function isSame(given: string, secret: Uint8Array): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(given)),
    crypto.subtle.digest("SHA-256", secret),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}
