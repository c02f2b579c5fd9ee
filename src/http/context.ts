/** What every handler gets. */
import type { Config } from "../config.ts";
import type { Identity } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { type Address, formatAddress, isId } from "../protocol/address.ts";
import type { Operation } from "../protocol/operations.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { authenticate, authenticateTicket, bearerOf, type Caller } from "./authenticate.ts";
import { identify, requireOperation } from "./authorize.ts";
import { refuse } from "./problem.ts";
import { Query } from "./query.ts";
import { checkDenials } from "./refusals.ts";

/** A request about one channel. */
export interface ChannelRequest {
  readonly request: Request;
  readonly env: Env;
  readonly config: Config;
  readonly query: Query;
  readonly address: Address;
  readonly caller: Caller;
  /** Who the caller is in this channel, as whom they say. */
  identityFor(user: string | null): Identity;
  /** Who the caller is in another one. */
  identityIn(address: string, user: string | null): Identity;
  /** As in this one; throws if they may not do that there. */
  permitted(operation: Operation, user?: string | null): Identity;
}

/** The deployment's settings; throws `not_configured` with what is wrong with them. */
function requireSettings(env: Env): Settings {
  const settings = settingsOf(env);
  return "problem" in settings ? refuse("not_configured", settings.problem) : settings;
}

/**
 * What is checked of every request under `/v1`, before anything else is: that the service is configured, that the
 * address was not denied too often, that the URL is not too long.
 */
export function admitRequest(request: Request, env: Env): Settings {
  const settings = requireSettings(env);
  checkDenials(request, env);
  const { URL_BYTES } = settings.config;
  if (request.url.length > URL_BYTES) refuse("too_large", `A URL may be at most ${URL_BYTES} bytes.`);
  return settings;
}

/** Checks who asks about which channel. `credential`: instead of the bearer token; `ticket`: instead of both. */
export async function channelRequest(
  request: Request,
  env: Env,
  credential: string | null = bearerOf(request),
  ticket: string | null = null,
): Promise<ChannelRequest> {
  const { config, rules, secrets } = admitRequest(request, env);
  const { kind, id } = addressIn(request.url);
  const caller =
    ticket === null
      ? await authenticate(credential, secrets, config.TOKEN_BYTES, Date.now())
      : await authenticateTicket(ticket, secrets, Date.now());
  const address = { kind, id: kind === "user" && id === "me" ? ownId(caller) : id };
  const identityFor = (user: string | null) => identify(caller, rules, formatAddress(address), user);
  return {
    request,
    env,
    config,
    query: new Query(request.url),
    address,
    caller,
    identityFor,
    identityIn: (other, user) => identify(caller, rules, other, user),
    permitted: (operation, user = null) => {
      const identity = identityFor(user);
      requireOperation(identity, operation);
      return identity;
    },
  };
}

/** Whom `me` means. */
function ownId(caller: Caller): string {
  if (caller.kind === "server")
    return refuse("bad_id", '"me" is the user of a token; with the API_KEY say who is meant.');
  return caller.kind === "ticket" ? caller.ticket.user : caller.claims.user;
}

/**
 * The channel in `/v1/rooms/<id>/…` or `/v1/users/<id>/…`. The id is decoded once; the router's own decoding mends what is
 * broken instead of refusing it.
 */
function addressIn(url: string): Address {
  const [, , plural, segment = ""] = new URL(url).pathname.split("/");
  let id = "";
  try {
    id = decodeURIComponent(segment);
  } catch {
    // Broken percent codes: no id at all.
  }
  if (!isId(id)) refuse("bad_id", "An id is 1 to 128 of A-Z a-z 0-9 - _ . ~ : @ | + = and not . or ..");
  return { kind: plural === "users" ? "user" : "room", id };
}
