import { LONGEST_TICKET, mintTicket } from "../auth/ticket.ts";
import type { Env } from "../env.ts";
import { parseAddress } from "../protocol/address.ts";
import { isObject } from "../protocol/json.ts";
import { authenticate, bearerOf } from "./authenticate.ts";
import { identify, requireOperation } from "./authorize.ts";
import { readJson } from "./body.ts";
import { admitRequest } from "./context.ts";
import { refuse } from "./problem.ts";

/** A ticket for the events of one channel, with the rights that the caller has there now. (SPEC TICKET-1) */
export async function postTickets(request: Request, env: Env): Promise<Response> {
  const { config, rules, secrets } = admitRequest(request, env);
  const now = Date.now();
  const caller = await authenticate(bearerOf(request), secrets, config.TOKEN_BYTES, now);
  const body = await readJson(request, config.BODY_BYTES);
  if (!isObject(body)) return refuse("bad_request", 'Send {"channel": "room:<id>"}.');
  const channel = typeof body.channel === "string" ? body.channel : "";
  const address = parseAddress(channel);
  if (address === null) return refuse("bad_id", '"channel" must be an address, "room:<id>".');
  if (body.user !== undefined && typeof body.user !== "string") refuse("bad_id", '"user" must be a user id.');
  const identity = identify(caller, rules, channel, (body.user as string | undefined) ?? null);
  requireOperation(identity, "subscribe");
  if (address.kind !== "room") return refuse("not_found", "This service has no user channels.");
  const expires = Math.min(identity.expires ?? Number.POSITIVE_INFINITY, now + LONGEST_TICKET);
  const ticket = await mintTicket({ ...identity, channel, expires }, secrets);
  if (ticket === null)
    return refuse("not_configured", "Tickets are signed with a key made from AUTH_SECRET or API_KEY: set one.");
  return Response.json({ ticket, expires }, { status: 201 });
}
