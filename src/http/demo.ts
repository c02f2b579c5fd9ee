/** The page at `/`, where `DEMO` says that there is one. With it off nothing here exists, whatever is asked. */
import { DEMO_LIFE, mintDemoToken, type Visitor } from "../auth/demo-token.ts";
import type { Env } from "../env.ts";
import { authenticate, bearerOf } from "./authenticate.ts";
import { identify, requireOperation } from "./authorize.ts";
import { readObject } from "./body.ts";
import { admitRequest } from "./context.ts";
import { askChannel } from "./dispatch.ts";
import { isLoopback } from "./loopback.ts";
import { refuse } from "./problem.ts";
import { Query } from "./query.ts";

const NOTHING = "There is no such resource; see the README.";
const SESSION = /^[a-z0-9]{16}$/;
const MOST_PEOPLE = 9;
const LONGEST_NAME = 60;

export async function demo(request: Request, env: Env): Promise<Response> {
  if (env.DEMO !== "on") return refuse("not_found", NOTHING);
  const { pathname } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case "GET /demo/config":
      return Response.json({ plug: plugFor(request, env) });
    case "POST /demo/tokens":
      return token(request, env);
    case "GET /demo/usage":
      return usage(request, env);
    default:
      return page(request, env, pathname);
  }
}

/**
 * Where the page asks for the service to be killed: only a browser on the same machine is told, which is also the only
 * one that could reach it.
 */
function plugFor(request: Request, { DEMO_PLUG }: Env): { url: string; token: string } | null {
  if (!DEMO_PLUG || !isLoopback(request)) return null;
  const url = new URL(DEMO_PLUG);
  const token = url.hash.slice(1);
  url.hash = "";
  return { url: url.href, token };
}

/** A token for one of the people of a session. */
async function token(request: Request, env: Env): Promise<Response> {
  const { config, secrets } = admitRequest(request, env);
  const advice = 'Send {"session", "person", "name", "seconds"}.';
  const { session, person, name, seconds = DEMO_LIFE.most } = await readObject(request, config.BODY_BYTES, advice);
  if (typeof session !== "string" || !SESSION.test(session))
    return refuse("bad_id", '"session" must be 16 of a-z and 0-9.');
  if (!isWholeNumber(person, 1, MOST_PEOPLE)) return refuse("bad_id", `"person" is from 1 to ${MOST_PEOPLE}.`);
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME)
    return refuse("bad_request", `"name" is a text of at most ${LONGEST_NAME} characters.`);
  if (!isWholeNumber(seconds, DEMO_LIFE.least, DEMO_LIFE.most))
    return refuse("bad_request", `"seconds" is from ${DEMO_LIFE.least} to ${DEMO_LIFE.most}.`);
  const visitor: Visitor = { session, person, name };
  const minted = await mintDemoToken(visitor, seconds, secrets, Date.now());
  if (minted === null) return refuse("not_configured", "The demo's tokens are signed with AUTH_SECRET: set one.");
  return Response.json(minted, { status: 201 });
}

/** What a room's object has done since it woke, for the page's meter. */
async function usage(request: Request, env: Env): Promise<Response> {
  const { config, rules, secrets } = admitRequest(request, env);
  const id = new Query(request.url).text({ name: "room" }) ?? "";
  if (!/^demo-[a-z0-9-]{1,64}$/.test(id)) return refuse("bad_id", '"room" must be one of the demo.');
  const caller = await authenticate(bearerOf(request), secrets, config.TOKEN_BYTES, Date.now());
  requireOperation(identify(caller, rules, `room:${id}`, null), "history");
  return Response.json(await askChannel(env, { kind: "room", id }, (room) => room.usage()));
}

/** The page and what it is made of: nothing from anywhere else, and no script or style in a text. */
async function page(request: Request, env: Env, pathname: string): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return refuse("method_not_allowed", "This resource does not take that method; see Allow.", { allow: "GET, HEAD" });
  const asset = pathname === "/" ? "/demo/index.html" : pathname;
  const found = await env.ASSETS.fetch(new Request(new URL(asset, request.url), request));
  if (found.status === 404) return refuse("not_found", NOTHING);
  const response = new Response(found.body, found);
  response.headers.set("content-security-policy", policyFor(new URL(request.url), plugFor(request, env)));
  response.headers.set("referrer-policy", "no-referrer");
  return response;
}

function policyFor({ host }: URL, plug: { url: string } | null): string {
  // Not every browser takes 'self' to mean its WebSockets too.
  const own = ["'self'", `ws://${host}`, `wss://${host}`];
  const connect = [...own, ...(plug === null ? [] : [new URL(plug.url).origin])].join(" ");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connect}`,
    "worker-src blob:", // the SDK's heartbeat in a hidden tab
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function isWholeNumber(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
