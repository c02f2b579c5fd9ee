/**
 * The way to a channel's object, from the edge and from other objects: by name, so that everybody in a channel meets in
 * one. (Jurisdictions enter here: they are part of an object's id.)
 */
import type { Env } from "../env.ts";
import { type Address, parseAddress } from "../protocol/address.ts";
import { formatRelay, parseRelay, type RelayName } from "../protocol/relay.ts";
import type { ChannelRpc, LinkedRpc, RelayRpc, RoomRpc, UserRpc } from "./rpc.ts";

export type ChannelStub = ChannelRpc & Pick<Fetcher, "fetch">;

/** The object of a channel. `hint`: where to make it, if this is the first that is heard of it. */
export function channelStub(env: Env, { kind, id }: Address, hint?: DurableObjectLocationHint): ChannelStub {
  const options = hint === undefined ? {} : { locationHint: hint };
  return (kind === "user" ? env.USERS : env.ROOMS).getByName(id, options) as unknown as ChannelStub;
}

/** The object of a room, for its relays. */
export function roomStub(env: Env, id: string): RoomRpc {
  return env.ROOMS.getByName(id) as unknown as RoomRpc;
}

/** A relay of a room, made near its clients. */
export function relayStub(env: Env, relay: RelayName): RelayRpc & Pick<Fetcher, "fetch"> {
  const options = { locationHint: relay.region };
  return env.RELAYS.getByName(formatRelay(relay), options) as unknown as RelayRpc & Pick<Fetcher, "fetch">;
}

/** Who is at the other end of a link: a user, or by its name a relay. */
export function linkedStub(env: Env, peer: string): LinkedRpc {
  const relay = parseRelay(peer);
  return relay === null ? userStub(env, peer) : relayStub(env, relay);
}

/** What a user is in: a channel, or a relay of a room. */
export function placeStub(env: Env, place: string): ChannelRpc {
  const relay = parseRelay(place);
  return relay === null ? channelStub(env, parseAddress(place) as Address) : relayStub(env, relay);
}

/** The object of a user. `hint`: where to make it, if this is the first that is heard of them. */
export function userStub(env: Env, user: string, hint?: DurableObjectLocationHint): UserRpc {
  return env.USERS.getByName(user, hint === undefined ? {} : { locationHint: hint }) as unknown as UserRpc;
}
