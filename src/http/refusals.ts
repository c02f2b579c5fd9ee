/** What happens around every refusal: one line for the operator, and a count of the denied by address. */
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import { CODES, type Failure } from "../protocol/codes.ts";
import { settingsOf } from "../settings.ts";
import { Denials } from "./denials.ts";

/** By the deployment's variables, like the settings; a cache. */
const denials = new WeakMap<Env, Denials>();

function denialsOf(env: Env): Denials | null {
  const settings = settingsOf(env);
  if ("problem" in settings) return null;
  const known = denials.get(env) ?? new Denials(settings.config.DENIED_PER_MINUTE);
  denials.set(env, known);
  return known;
}

/** Throws for an address that was denied too often. */
export function checkDenials(request: Request, env: Env): void {
  denialsOf(env)?.check(addressOf(request), Date.now());
}

/** Called once for each refused request, whichever way it is answered. */
export function noteRefusal({ code }: Failure, request: Request, env: Env): void {
  const { status } = CODES[code];
  const path = new URL(request.url).pathname;
  const [, , kind = "", id = ""] = path.split("/");
  logLine(env, "refused", { code, status, method: request.method, channelKind: KINDS.get(kind) }, { id });
  if (status === 401 || status === 403) denialsOf(env)?.count(addressOf(request), Date.now());
}

const KINDS = new Map([
  ["rooms", "room"],
  ["users", "user"],
]);

/** Set by Cloudflare; a client can forge it under `wrangler dev` only. */
function addressOf(request: Request): string {
  return request.headers.get("cf-connecting-ip") ?? "";
}
