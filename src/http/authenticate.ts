/** Who is asking: the `API_KEY`, or a user by their token or ticket. (SPEC AUTH-1 to AUTH-4, TICKET-1) */
import { isSameSecret } from "../auth/same-secret.ts";
import type { Secrets } from "../auth/secrets.ts";
import { readTicket, type Ticket } from "../auth/ticket.ts";
import { type Claims, verifyToken } from "../auth/token.ts";
import { UNAUTHENTICATED } from "../core/identity.ts";
import { guestIdOf } from "../protocol/address.ts";
import { failure } from "../protocol/codes.ts";
import { Refusal } from "./problem.ts";

export type Caller =
  | { readonly kind: "server" }
  | { readonly kind: "user"; readonly claims: Claims }
  | { readonly kind: "ticket"; readonly ticket: Ticket };

const BEARER = /^Bearer +([^\s]+)$/i;

/** The bearer token of a request; null without one. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization");
  if (header === null) return null;
  return BEARER.exec(header)?.[1] ?? "";
}

/**
 * Who holds `credential`: anything wrong with it is the same 401. With none one is a new guest, who may do what the
 * channel's rule allows.
 */
export async function authenticate(
  credential: string | null,
  secrets: Secrets,
  longestToken: number,
  now: number,
): Promise<Caller> {
  if (credential === null) return { kind: "user", claims: newGuest() };
  if (credential.length > longestToken) return unauthenticated();
  if (secrets.apiKey !== null && isSameSecret(credential, secrets.apiKey)) return { kind: "server" };
  const verdict = await verifyToken(credential, secrets, now);
  if (verdict === "invalid") return unauthenticated();
  if ("user" in verdict) return { kind: "user", claims: verdict };
  const { retryAfter } = verdict;
  throw new Refusal(failure("overloaded", "The keys to check tokens with cannot be fetched; try again.", retryAfter));
}

/** Whoever holds that ticket. */
export async function authenticateTicket(text: string, secrets: Secrets, now: number): Promise<Caller> {
  const ticket = await readTicket(text, secrets, now);
  return ticket === null ? unauthenticated() : { kind: "ticket", ticket };
}

function newGuest(): Claims {
  return { user: guestId(), kind: "guest", issuedAt: null, expires: null, info: null, capabilities: {} };
}

/** A name that nobody else has. */
export function guestId(): string {
  return guestIdOf(crypto.randomUUID());
}

function unauthenticated(): never {
  throw new Refusal(UNAUTHENTICATED);
}
