/** What every handler gets. */
import type { Config } from "../config.ts";
import type { Identity } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { isId } from "../protocol/address.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { authenticate, authenticateTicket, bearerOf, type Caller } from "./authenticate.ts";
import { identify } from "./authorize.ts";
import { refuse } from "./problem.ts";
import { Query } from "./query.ts";
import { checkDenials } from "./refusals.ts";

/** A request about one room. */
export interface RoomRequest {
  readonly request: Request;
  readonly env: Env;
  readonly config: Config;
  readonly query: Query;
  /** The room's id. */
  readonly id: string;
  readonly caller: Caller;
  /** Who the caller is in this room, as whom they say. */
  identityFor(user: string | null): Identity;
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

/** Checks who asks about which room. `credential`: instead of the bearer token; `ticket`: instead of both. */
export async function roomRequest(
  request: Request,
  env: Env,
  credential: string | null = bearerOf(request),
  ticket: string | null = null,
): Promise<RoomRequest> {
  const { config, rules, secrets } = admitRequest(request, env);
  const id = roomIdOf(request.url);
  const caller =
    ticket === null
      ? await authenticate(credential, secrets, config.TOKEN_BYTES, Date.now())
      : await authenticateTicket(ticket, secrets, Date.now());
  return {
    request,
    env,
    config,
    query: new Query(request.url),
    id,
    caller,
    identityFor: (user) => identify(caller, rules, `room:${id}`, user),
  };
}

/** The id in `/v1/rooms/<id>/…`, decoded once; the router's own decoding mends what is broken instead of refusing it. */
function roomIdOf(url: string): string {
  const segment = new URL(url).pathname.split("/")[3] ?? "";
  let id = "";
  try {
    id = decodeURIComponent(segment);
  } catch {
    // Broken percent codes: no id at all.
  }
  return isId(id) ? id : refuse("bad_id", "An id is 1 to 128 of A-Z a-z 0-9 - _ . ~ : @ | + = and not . or ..");
}
