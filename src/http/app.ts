/** The edge: routes, and what all answers have in common. Stateless; whatever it keeps is a cache. */
import { Hono } from "hono";
import type { Route } from "../api/route.ts";
import { ROUTES, type RouteName } from "../api/routes.ts";
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import { failure } from "../protocol/codes.ts";
import { events } from "../transport/event-stream.ts";
import { poll } from "../transport/long-poll.ts";
import { pollMany } from "../transport/many-poll.ts";
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

const HANDLERS: Readonly<Record<RouteName, Handler>> = {
  connectToChannel: connect,
  streamChannel: events,
  pollChannel: poll,
  pollMany,
  getChannelMessages: channel(getMessages),
  postChannelMessages: channel(postMessages),
  deleteChannelMessages: channel(deleteMessages),
  postChannelSignals: channel(postSignals),
  getRoomPresence: channel(getPresence),
  putChannelPresence: channel(putPresence),
  deleteRoomConnections: channel(deleteConnections),
  deleteChannel: channel(deleteChannel),
  getUserConnections: channel(getUserConnections),
  deleteUserConnections: channel(deleteUserConnections),
  getUserPresence: channel(getUserPresence),
  putUserRead: channel(putRead),
  postMessages: postManyMessages,
  postPresence,
  postTickets,
  postGuests,
  getHealth: health,
};

export const app = new Hono<{ Bindings: Env }>();

app.use(async (c, next) => {
  const origin = c.req.header("origin") ?? null;
  const isAllowed = origin !== null && isAllowedOrigin(origin, c.req.url, c.env);
  if (c.req.method === "OPTIONS")
    c.res = new Response(null, { status: 204, headers: isAllowed ? preflightHeaders(origin) : {} });
  else await next();
  if (c.res.webSocket) return; // its headers are the handshake's
  // Not by `c.header`: it makes a new Response of the old one's body each time, which is then a stream (B8: - 15 %).
  const { headers } = c.res;
  headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
  if (isAllowed) for (const [name, value] of Object.entries(corsHeaders(origin))) headers.set(name, value);
});

const placed = Object.entries<Route>(ROUTES).flatMap(([name, route]) =>
  route.paths.map((path) => ({ path, route, handler: HANDLERS[name as RouteName] })),
);

for (const [path, there] of Map.groupBy(placed, ({ path }) => path)) {
  const allow = there.flatMap(({ route: { method, streams } }) =>
    method === "GET" && !streams ? ["GET", "HEAD"] : [method],
  );
  const notAllowed = (): never => {
    throw new Refusal(failure("method_not_allowed", "This resource does not take that method; see Allow."), {
      allow: allow.join(", "),
    });
  };
  for (const { route, handler } of there)
    app.on(route.method, path, (c) =>
      route.streams && c.req.raw.method === "HEAD" ? notAllowed() : handler(c.req.raw, c.env),
    );
  app.all(path, notAllowed);
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
