/**
 * The way to a channel's object, from the edge and from other objects: by name, so that everybody in a channel meets in
 * one. (Jurisdictions enter here: they are part of an object's id.)
 */
import type { Env } from "../env.ts";
import type { Address } from "../protocol/address.ts";
import { formatRelay, type RelayName } from "../protocol/relay.ts";
import type { ChannelRpc, UserRpc } from "./rpc.ts";

export type ChannelStub = ChannelRpc & Pick<Fetcher, "fetch">;

/** The object of a channel. `hint`: where to make it, if this is the first that is heard of it. */
export function channelStub(env: Env, { kind, id }: Address, hint?: DurableObjectLocationHint): ChannelStub {
  const options = hint === undefined ? {} : { locationHint: hint };
  return (kind === "user" ? env.USERS : env.ROOMS).getByName(id, options) as unknown as ChannelStub;
}

/** A relay of a room, made near its clients. */
export function relayStub(env: Env, relay: RelayName): ChannelStub {
  const options = { locationHint: relay.region };
  return env.RELAYS.getByName(formatRelay(relay), options) as unknown as ChannelStub;
}

/** The object of a user. `hint`: where to make it, if this is the first that is heard of them. */
export function userStub(env: Env, user: string, hint?: DurableObjectLocationHint): UserRpc {
  return env.USERS.getByName(user, hint === undefined ? {} : { locationHint: hint }) as unknown as UserRpc;
}
