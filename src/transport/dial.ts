/** The one way to a channel's object for all who stay: a WebSocket, whatever the client holds. */
import { ACKS, AFTER, type ChoiceParameter, DATA, ECHO, PRESENCE, REWIND } from "../api/parameters.ts";
import type { Identity } from "../core/identity.ts";
import type { Start } from "../core/resume.ts";
import type { ConnectOptions } from "../core/session.ts";
import type { Caller } from "../http/authenticate.ts";
import { requireOperation } from "../http/authorize.ts";
import type { ChannelRequest } from "../http/context.ts";
import { askChannel } from "../http/dispatch.ts";
import { locationHint, regionOf } from "../http/placement.ts";
import { Refusal, refuse } from "../http/problem.ts";
import type { Query } from "../http/query.ts";
import { type ConnectFacts, FACTS_HEADER, type Grants, PLAN_STATUS } from "../object/rpc.ts";
import type { Address } from "../protocol/address.ts";
import type { Failure } from "../protocol/codes.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { wrongData } from "../protocol/decode-client.ts";
import type { SubscribeFrame } from "../protocol/frames.ts";
import { type Json, parseJson, utf8Length } from "../protocol/json.ts";
import type { RelayName, RelayPlace, RelayPlan } from "../protocol/relay.ts";
import { newConnectionId, newPollId, placeOf } from "./connection-id.ts";
import { findHolder, isOverloaded } from "./holder.ts";
import { Plans } from "./plans.ts";

/** What a client asks for; the edge makes the connection's name itself. */
type Wanted = Omit<ConnectOptions, "connection" | "isNew">;

export interface Dialled {
  readonly socket: WebSocket;
  /** Its name. */
  readonly connection: string;
}

/** Of this isolate. */
export const plans = new Plans();

/**
 * Dials whoever holds the connection: the channel's object or a relay of it. Throws the refusal.
 * @param follow other channels, through this one
 * @param last a poll's connection that goes on; if it cannot, because its relay is gone, another begins
 */
export async function dial(
  channel: ChannelRequest,
  identity: Identity,
  wanted: Wanted,
  { follow = [], last = null }: { follow?: readonly SubscribeFrame[]; last?: string | null } = {},
): Promise<Dialled> {
  const { address, request, env } = channel;
  const knock = knocker(channel, identity, wanted, follow);
  const object = { name: address, place: null };
  const relay = (place: RelayPlace) => ({ name: { ...place, room: address.id }, place });
  if (address.kind === "user") return heldIn(await knock(object, { last }));
  if (last !== null) {
    const place = placeOf(last);
    if (place === null) return heldIn(await knock(object, { last, isDirect: true }));
    try {
      return heldIn(await knock(relay(place), { last }));
    } catch (error) {
      if (!isOverloaded(error) && !isNotFound(error)) throw error;
    }
  }
  const { user } = identity;
  const holders = {
    room: (avoid: readonly RelayPlace[]) => knock(object, { avoid }),
    roomItself: async (avoid: readonly RelayPlace[]) => heldIn(await knock(object, { avoid, isDirect: true })),
    relay: async (place: RelayPlace) => heldIn(await knock(relay(place))),
  };
  return findHolder({ room: address.id, user, region: regionOf(request, env, user) }, holders, plans);
}

interface Target {
  readonly name: Address | RelayName;
  readonly place: RelayPlace | null;
}

type Routing = Pick<ConnectFacts, "avoid" | "isDirect">;
type Knock = (
  target: Target,
  how?: Routing & { readonly last?: string | null },
) => Promise<{ held: Dialled } | { plan: RelayPlan }>;

/** Asks an object to take the connection. */
function knocker(
  { env, address, request, caller }: ChannelRequest,
  identity: Identity,
  wanted: Wanted,
  follow: readonly SubscribeFrame[],
): Knock {
  const isOwn = address.kind === "user" && address.id === identity.user;
  const own = isOwn && (wanted.transport === "ws" || follow.length > 0) ? { grants: grantsOf(caller), follow } : {};
  return async ({ name, place }, { last = null, ...routing } = {}) => {
    const isPoll = wanted.transport === "poll";
    const connection = last ?? (isPoll ? await newPollId(identity.user, place) : newConnectionId(place));
    const options = { ...wanted, connection, isNew: last === null };
    const facts: ConnectFacts = { identity, options, hint: locationHint(request), ...own, ...routing };
    const answer = await askChannel(env, name, (stub) =>
      // A request of its own: nothing that the client sent reaches the object unchecked.
      stub.fetch("https://channel/connect", {
        headers: { upgrade: "websocket", [FACTS_HEADER]: encodeURIComponent(JSON.stringify(facts)) },
      }),
    );
    if (answer.webSocket) return { held: { socket: answer.webSocket, connection } };
    if (answer.status === PLAN_STATUS) return { plan: (await answer.json()) as RelayPlan };
    throw new Refusal((await answer.json()) as Failure);
  };
}

/** Only a room that may pass a connection on answers with a plan. */
function heldIn(answer: { held: Dialled } | { plan: RelayPlan }): Dialled {
  if ("held" in answer) return answer.held;
  throw new Error("an object that was to hold a connection itself answered with a plan");
}

function isNotFound(error: unknown): boolean {
  return error instanceof Refusal && error.failure.code === "not_found";
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
