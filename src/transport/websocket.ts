/** Connecting by WebSocket: the edge checks, then hands the socket through to the room's object. (SPEC CONNECT-1 to CONNECT-3) */

import { MEMBER_OF_SOCKET, USER } from "../api/parameters.ts";
import type { Env } from "../env.ts";
import { bearerOf } from "../http/authenticate.ts";
import { admitRequest, channelRequest } from "../http/context.ts";
import { isAllowedOrigin } from "../http/origins.ts";
import { Refusal, refuse } from "../http/problem.ts";
import { noteRefusal } from "../http/refusals.ts";
import { closeCodeOf, type Failure } from "../protocol/codes.ts";
import { PROTOCOL } from "../protocol/frames.ts";
import { dial, readOptions, readStart } from "./dial.ts";

const KNOWN = `edgewire.v${PROTOCOL}`;
const TOKEN = "edgewire.token.";

/** Answers `GET …/connect`. */
export async function connect(request: Request, env: Env): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    admitRequest(request, env);
    return refuse("upgrade_required", "Connect with a WebSocket handshake.", { upgrade: "websocket" });
  }
  if (!isAllowedOrigin(request.headers.get("origin"), request.url, env))
    return refuse("forbidden", "This origin is not allowed; see ALLOWED_ORIGINS.");
  const offered = offeredProtocols(request);
  if (offered.length > 0 && !offered.includes(KNOWN))
    return refuse("bad_request", `Of the subprotocols only ${KNOWN} is known here.`);
  try {
    return withProtocol(await connectTo(request, env, offered), offered);
  } catch (error) {
    // A browser cannot see the status of a refused handshake: so let it in, and close with the matching code.
    if (!(error instanceof Refusal) || !offered.includes(KNOWN)) throw error;
    noteRefusal(error.failure, request, env);
    return withProtocol(closedAtOnce(error.failure), offered);
  }
}

function offeredProtocols(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

async function connectTo(request: Request, env: Env, offered: readonly string[]): Promise<WebSocket> {
  const inProtocol = offered.find((name) => name.startsWith(TOKEN))?.slice(TOKEN.length) ?? null;
  const channel = await channelRequest(request, env, bearerOf(request) ?? inProtocol);
  const identity = channel.permitted("subscribe", channel.query.text(USER));
  const start = readStart(channel.query, identity);
  const asked = readOptions(channel, identity, MEMBER_OF_SOCKET);
  const wanted = { ...asked, start, transport: "ws", view: "frames", signals: true } as const;
  return (await dial(channel, identity, wanted)).socket;
}

function withProtocol(webSocket: WebSocket, offered: readonly string[]): Response {
  const headers = offered.length > 0 ? { "sec-websocket-protocol": KNOWN } : {};
  return new Response(null, { status: 101, webSocket, headers });
}

function closedAtOnce({ code }: Failure): WebSocket {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
  server.accept();
  server.close(closeCodeOf(code), code);
  return client;
}
