/** Connecting by WebSocket: the edge checks, then hands the socket through to the room's object. (SPEC CONNECT-1 to CONNECT-3) */

import type { Identity } from "../core/identity.ts";
import type { Start } from "../core/resume.ts";
import type { ConnectOptions } from "../core/session.ts";
import type { Env } from "../env.ts";
import { bearerOf } from "../http/authenticate.ts";
import { requireOperation } from "../http/authorize.ts";
import { admitRequest, type RoomRequest, roomRequest } from "../http/context.ts";
import { askRoom } from "../http/dispatch.ts";
import { isAllowedOrigin } from "../http/origins.ts";
import { Refusal, refuse } from "../http/problem.ts";
import type { Query } from "../http/query.ts";
import { noteRefusal } from "../http/refusals.ts";
import { type ConnectFacts, FACTS_HEADER } from "../object/rpc.ts";
import { closeCodeOf, type Failure } from "../protocol/codes.ts";
import { wrongData } from "../protocol/decode-client.ts";
import { MAX_REWIND, PROTOCOL } from "../protocol/frames.ts";
import { type Json, parseJson, utf8Length } from "../protocol/json.ts";

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
    return withProtocol(await dial(request, env, offered), offered);
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

async function dial(request: Request, env: Env, offered: readonly string[]): Promise<Response> {
  const inProtocol = offered.find((name) => name.startsWith(TOKEN))?.slice(TOKEN.length) ?? null;
  const room = await roomRequest(request, env, bearerOf(request) ?? inProtocol);
  const identity = room.identityFor(room.query.text("user"));
  requireOperation(identity, "subscribe");
  const options = readOptions(room, identity);
  const facts: ConnectFacts = { identity, options };
  const answer = await askRoom(env, room.id, (stub) =>
    // A request of its own: nothing that the client sent reaches the object unchecked.
    stub.fetch("https://room/connect", {
      headers: { upgrade: "websocket", [FACTS_HEADER]: encodeURIComponent(JSON.stringify(facts)) },
    }),
  );
  if (answer.status === 101) return answer;
  throw new Refusal((await answer.json()) as Failure);
}

function readOptions({ query, config }: RoomRequest, identity: Identity): ConnectOptions {
  const start = readStart(query);
  if (start.kind === "rewind") requireOperation(identity, "history");
  const presence = query.oneOf("presence", ["none", "count", "members"]) ?? "none";
  const member = query.oneOf("member", ["0", "1"]);
  if (presence !== "none" || member === "1") requireOperation(identity, "presence");
  return {
    connection: crypto.randomUUID(),
    start,
    presence,
    member: member !== "0",
    data: readMemberData(query, config.MEMBER_DATA_BYTES),
    echo: query.oneOf("echo", ["0", "1"]) !== "0",
    acks: query.oneOf("acks", ["single", "batch"]) ?? "single",
  };
}

function readStart(query: Query): Start {
  const cursor = query.cursor("after");
  const count = query.wholeNumber("rewind", 0, MAX_REWIND);
  if (cursor !== null && count !== null) return refuse("bad_request", '"after" and "rewind" exclude each other.');
  if (cursor !== null) return { kind: "after", cursor };
  return count === null ? { kind: "now" } : { kind: "rewind", count };
}

function readMemberData(query: Query, limit: number): Json | undefined {
  const text = query.text("data");
  if (text === null) return undefined;
  const data = parseJson(text);
  if (data === undefined || wrongData(data) !== null) return refuse("bad_json", '"data" must be JSON.');
  if (utf8Length(JSON.stringify(data)) > limit)
    return refuse("too_large", `"data" may be at most ${limit} bytes of JSON.`);
  return data as Json;
}

function withProtocol(answer: Response, offered: readonly string[]): Response {
  const headers = offered.length > 0 ? { "sec-websocket-protocol": KNOWN } : {};
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}

function closedAtOnce({ code }: Failure): Response {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
  server.accept();
  server.close(closeCodeOf(code), code);
  return new Response(null, { status: 101, webSocket: client });
}
