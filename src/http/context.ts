/** What every handler gets. */
import { readSecrets, type Secrets } from "../auth/secrets.ts";
import { type Config, resolveConfig } from "../config.ts";
import type { Identity } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { isId } from "../protocol/address.ts";
import { authenticate, bearerOf, type Caller } from "./authenticate.ts";
import { identify } from "./authorize.ts";
import { refuse } from "./problem.ts";
import { Query } from "./query.ts";

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

/** What the deployment was given, checked. */
export interface Settings {
  readonly config: Config;
  readonly secrets: Secrets;
}

/** By the deployment's variables, which are one object for the life of an isolate. */
const cache = new WeakMap<Env, Settings>();

/** The settings; throws `not_configured` with a sentence about what is wrong with them. */
export function settingsOf(env: Env): Settings {
  const known = cache.get(env);
  if (known !== undefined) return known;
  const { config, problems } = resolveConfig(env);
  if (problems.length > 0) return refuse("not_configured", problems.join(" "));
  const secrets = readSecrets(env);
  if ("problem" in secrets) return refuse("not_configured", secrets.problem);
  const settings = { config, secrets };
  cache.set(env, settings);
  return settings;
}

/** Checks who asks about which room. `credential`: instead of the bearer token. */
export async function roomRequest(
  request: Request,
  env: Env,
  credential: string | null = bearerOf(request),
): Promise<RoomRequest> {
  const { config, secrets } = settingsOf(env);
  if (request.url.length > config.URL_BYTES) refuse("too_large", `A URL may be at most ${config.URL_BYTES} bytes.`);
  const id = roomIdOf(request.url);
  const caller = await authenticate(credential, secrets, config.TOKEN_BYTES, Date.now());
  return {
    request,
    env,
    config,
    query: new Query(request.url),
    id,
    caller,
    identityFor: (user) => identify(caller, `room:${id}`, user),
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
