/** The one way to a channel's object for all who stay: a WebSocket, whatever the client holds. */
import { ACKS, AFTER, type ChoiceParameter, DATA, ECHO, PRESENCE, REWIND } from "../api/parameters.ts";
import type { Identity } from "../core/identity.ts";
import type { Start } from "../core/resume.ts";
import type { ConnectOptions } from "../core/session.ts";
import type { Caller } from "../http/authenticate.ts";
import { requireOperation } from "../http/authorize.ts";
import type { ChannelRequest } from "../http/context.ts";
import { askChannel } from "../http/dispatch.ts";
import { locationHint } from "../http/placement.ts";
import { Refusal, refuse } from "../http/problem.ts";
import type { Query } from "../http/query.ts";
import { type ConnectFacts, FACTS_HEADER, type Grants } from "../object/rpc.ts";
import type { Failure } from "../protocol/codes.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { wrongData } from "../protocol/decode-client.ts";
import type { SubscribeFrame } from "../protocol/frames.ts";
import { type Json, parseJson, utf8Length } from "../protocol/json.ts";

/** Dials the channel's object (`follow`: and other channels through it), and answers with its end of the socket. Throws the object's refusal. */
export async function dial(
  { env, address, request, caller }: ChannelRequest,
  identity: Identity,
  options: ConnectOptions,
  follow: readonly SubscribeFrame[] = [],
): Promise<WebSocket> {
  const isOwn = address.kind === "user" && address.id === identity.user;
  const facts: ConnectFacts = {
    identity,
    options,
    hint: locationHint(request),
    ...(isOwn && (options.transport === "ws" || follow.length > 0) ? { grants: grantsOf(caller), follow } : {}),
  };
  const answer = await askChannel(env, address, (stub) =>
    // A request of its own: nothing that the client sent reaches the object unchecked.
    stub.fetch("https://channel/connect", {
      headers: { upgrade: "websocket", [FACTS_HEADER]: encodeURIComponent(JSON.stringify(facts)) },
    }),
  );
  if (answer.webSocket) return answer.webSocket;
  throw new Refusal((await answer.json()) as Failure);
}

/** What the caller may do in whichever channel. A ticket is for one alone. */
function grantsOf(caller: Caller): Grants {
  if (caller.kind === "server") return "all";
  return caller.kind === "user" ? caller.claims.capabilities : {};
}

type Asked = Pick<ConnectOptions, "presence" | "member" | "data" | "echo" | "acks">;

/** What all transports let a client ask for. `member`: it says what one is who says nothing. */
export function readOptions({ query, config }: ChannelRequest, identity: Identity, member: ChoiceParameter): Asked {
  const presence = query.oneOf(PRESENCE);
  const isMember = query.oneOf(member) === "1";
  if (presence !== "none" || query.text(member) === "1") requireOperation(identity, "presence");
  return {
    presence,
    member: isMember,
    data: readMemberData(query, config.MEMBER_DATA_BYTES),
    echo: query.oneOf(ECHO) === "1",
    acks: query.oneOf(ACKS),
  };
}

/** Where to begin. `reached`: what the client itself says it has, whatever its URL says; null: it does not. */
export function readStart(query: Query, identity: Identity, reached: Cursor | null = null): Start {
  const cursor = query.cursor(AFTER);
  const count = query.wholeNumber(REWIND);
  if (cursor !== null && count !== null) return refuse("bad_request", '"after" and "rewind" exclude each other.');
  if (reached !== null) return { kind: "after", cursor: reached };
  if (cursor !== null) return { kind: "after", cursor };
  if (count === null) return { kind: "now" };
  requireOperation(identity, "history");
  return { kind: "rewind", count };
}

function readMemberData(query: Query, limit: number): Json | undefined {
  const text = query.text(DATA);
  if (text === null) return undefined;
  const data = parseJson(text);
  if (data === undefined || wrongData(data) !== null) return refuse("bad_json", '"data" must be JSON.');
  if (utf8Length(JSON.stringify(data)) > limit)
    return refuse("too_large", `"data" may be at most ${limit} bytes of JSON.`);
  return data as Json;
}
