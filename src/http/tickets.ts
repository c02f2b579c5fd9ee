import { LONGEST_TICKET, mintTicket, type Ticket } from "../auth/ticket.ts";
import type { Identity } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { parseAddress } from "../protocol/address.ts";
import { authenticate, bearerOf } from "./authenticate.ts";
import { identify, requireOperation } from "./authorize.ts";
import { readObject, userIn } from "./body.ts";
import { admitRequest } from "./context.ts";
import { refuse } from "./problem.ts";
import { requireUnrevoked } from "./revocation.ts";

/** A ticket for the events of one channel, with the rights that the caller has there now. (SPEC TICKET-1) */
export async function postTickets(request: Request, env: Env): Promise<Response> {
  const { config, rules, secrets } = admitRequest(request, env);
  const now = Date.now();
  const caller = await authenticate(bearerOf(request), secrets, config.TOKEN_BYTES, now);
  const body = await readObject(request, config.BODY_BYTES, 'Send {"channel": "room:<id>"}.');
  const channel = typeof body.channel === "string" ? body.channel : "";
  const address = parseAddress(channel);
  if (address === null) return refuse("bad_id", '"channel" must be an address, "room:<id>" or "user:<id>".');
  const identity = identify(caller, rules, channel, userIn(body));
  requireOperation(identity, "subscribe");
  await requireUnrevoked(env, identity);
  const expires = Math.min(identity.expires ?? Number.POSITIVE_INFINITY, now + LONGEST_TICKET);
  const ticket = await mintTicket({ ...holderOf(identity, now), channel, expires }, secrets);
  if (ticket === null)
    return refuse("not_configured", "Tickets are signed with a key made from AUTH_SECRET or API_KEY: set one.");
  return Response.json({ ticket, expires }, { status: 201 });
}

/** A server's ticket for somebody is that user's own, and revoked with them. */
function holderOf(identity: Identity, now: number): Omit<Ticket, "channel" | "expires"> {
  if (identity.kind !== "server" || identity.user === "server") return identity;
  return { ...identity, kind: "user", issuedAt: Math.floor(now / 1000) };
}
