/**
 * Tickets: the one credential that may stand in a URL, because a browser's EventSource can send no header. So each is good
 * for the events of one channel, for one user and a short time. (SPEC TICKET-1)
 */
import { CompactSign } from "jose";
import { isObject, type JsonObject } from "../protocol/json.ts";
import { derivedKeys, type Secrets } from "./secrets.ts";
import { COMPACT, firstThatFits } from "./signature.ts";
import type { Claims } from "./token.ts";

/** What a ticket says: who may read which channel's events, and until when. */
export interface Ticket {
  readonly user: string;
  readonly kind: Claims["kind"] | "server";
  /** `room:lobby` */
  readonly channel: string;
  /** What its holder could do in that channel when it was made: bits of `OPERATIONS`. */
  readonly operations: number;
  /** As its token's: it is revoked with it. */
  readonly issuedAt: number | null;
  /** ms */
  readonly expires: number;
  readonly info: JsonObject | null;
}

/** ms: a URL gets into logs and histories. */
export const LONGEST_TICKET = 3_600_000;

/** The ticket as text; null if there is no key to sign it with. */
export async function mintTicket(ticket: Ticket, secrets: Secrets): Promise<string | null> {
  const key = (await derivedKeys(secrets, "ticket"))[0];
  if (key === undefined) return null;
  const payload = new TextEncoder().encode(JSON.stringify(ticket));
  return new CompactSign(payload).setProtectedHeader({ alg: "HS256", typ: "edgewire-ticket" }).sign(key);
}

/** The ticket that `text` is, if it is valid at `now` (ms); null if not. */
export async function readTicket(text: string, secrets: Secrets, now: number): Promise<Ticket | null> {
  if (!COMPACT.test(text)) return null;
  try {
    // Nobody else has signed with that key: what fits is what `mintTicket` wrote.
    const payload = await firstThatFits(text, await derivedKeys(secrets, "ticket"), ["HS256"]);
    const ticket = isObject(payload) ? (payload as unknown as Ticket) : null;
    return ticket !== null && ticket.expires > now ? ticket : null;
  } catch {
    return null; // no JWS at all
  }
}
