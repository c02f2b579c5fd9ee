/** The edge: routes, and what all answers have in common. Stateless; whatever it keeps is a cache. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import { failure } from "../protocol/codes.ts";
import { events } from "../transport/event-stream.ts";
import { poll } from "../transport/long-poll.ts";
import { connect } from "../transport/websocket.ts";
import {
  deleteChannel,
  deleteConnections,
  deleteMessages,
  getMessages,
  getPresence,
  postMessages,
  postSignals,
  putPresence,
} from "./channels.ts";
import { admitRequest, type ChannelRequest, channelRequest } from "./context.ts";
import { demo } from "./demo.ts";
import { postGuests } from "./guests.ts";
import { postManyMessages } from "./many.ts";
import { corsHeaders, isAllowedOrigin, preflightHeaders } from "./origins.ts";
import { postPresence } from "./people.ts";
import { problemResponse, Refusal } from "./problem.ts";
import { noteRefusal } from "./refusals.ts";
import { postTickets } from "./tickets.ts";
import { deleteUserConnections, getUserConnections, getUserPresence, putRead } from "./users.ts";

type Handler = (request: Request, env: Env) => Promise<Response> | Response;

const channel =
  (handler: (request: ChannelRequest) => Promise<Response>): Handler =>
  async (request, env) =>
    handler(await channelRequest(request, env));

const health: Handler = () => Response.json({ status: "ok" });

interface Route {
  readonly path: string;
  readonly methods: Readonly<Record<string, Handler>>;
  /** It holds a stream open, which HEAD cannot. */
  readonly streams?: true;
}

/** Below every channel. */
const CHANNEL_ROUTES: readonly Route[] = [
  { path: "", methods: { DELETE: channel(deleteChannel) } },
  { path: "/connect", methods: { GET: connect }, streams: true },
  { path: "/events", methods: { GET: events }, streams: true },
  { path: "/poll", methods: { GET: poll }, streams: true },
  {
    path: "/messages",
    methods: { GET: channel(getMessages), POST: channel(postMessages), DELETE: channel(deleteMessages) },
  },
  { path: "/signals", methods: { POST: channel(postSignals) } },
];

const ROUTES: readonly Route[] = [
  { path: "/v1/health", methods: { GET: health } },
  { path: "/v1/guests", methods: { POST: postGuests } },
  { path: "/v1/tickets", methods: { POST: postTickets } },
  { path: "/v1/messages", methods: { POST: postManyMessages } },
  { path: "/v1/presence", methods: { POST: postPresence } },
  ...["/v1/rooms/:id", "/v1/users/:id"].flatMap((base) =>
    CHANNEL_ROUTES.map((route) => ({ ...route, path: base + route.path })),
  ),
  { path: "/v1/rooms/:id/connections", methods: { DELETE: channel(deleteConnections) } },
  { path: "/v1/rooms/:id/presence", methods: { GET: channel(getPresence), PUT: channel(putPresence) } },
  {
    path: "/v1/users/:id/connections",
    methods: { GET: channel(getUserConnections), DELETE: channel(deleteUserConnections) },
  },
  { path: "/v1/users/:id/presence", methods: { GET: channel(getUserPresence), PUT: channel(putPresence) } },
  { path: "/v1/users/:id/read", methods: { PUT: channel(putRead) } },
];

export const app = new Hono<{ Bindings: Env }>();

app.use(async (c, next) => {
  const origin = c.req.header("origin") ?? null;
  const isAllowed = origin !== null && isAllowedOrigin(origin, c.req.url, c.env);
  if (c.req.method === "OPTIONS")
    c.res = new Response(null, { status: 204, headers: isAllowed ? preflightHeaders(origin) : {} });
  else await next();
  if (c.res.webSocket) return; // its headers are the handshake's
  c.header("cache-control", "no-store");
  c.header("x-content-type-options", "nosniff");
  if (isAllowed) for (const [name, value] of Object.entries(corsHeaders(origin))) c.header(name, value);
});

for (const { path, methods, streams } of ROUTES) {
  for (const [method, handler] of Object.entries(methods))
    app.on(method, path, (c) =>
      streams && c.req.raw.method === "HEAD" ? notAllowed(methods, true) : handler(c.req.raw, c.env),
    );
  app.all(path, () => notAllowed(methods, streams));
}

function notAllowed(methods: Route["methods"], streams: true | undefined): never {
  const allowed = Object.keys(methods).flatMap((method) => (method === "GET" && !streams ? ["GET", "HEAD"] : [method]));
  throw new Refusal(failure("method_not_allowed", "This resource does not take that method; see Allow."), {
    allow: allowed.join(", "),
  });
}

for (const path of ["/", "/demo/*"]) app.all(path, (c) => demo(c.req.raw, c.env));

app.notFound((c) => {
  try {
    if (c.req.path.startsWith("/v1/")) admitRequest(c.req.raw, c.env);
    throw new Refusal(failure("not_found", "There is no such resource; see the README."));
  } catch (error) {
    // Answered here: what is thrown out of this handler passes by the headers of all answers.
    return refused(error as Error, c.req.raw, c.env);
  }
});

app.onError((error, c) => refused(error, c.req.raw, c.env));

function refused(error: Error, request: Request, env: Env): Response {
  if (error instanceof Refusal) {
    noteRefusal(error.failure, request, env);
    return problemResponse(error);
  }
  logLine(env, "internal_error", { error: error.message, method: request.method });
  return problemResponse(new Refusal(failure("internal", "Something failed here; try again.")));
}
