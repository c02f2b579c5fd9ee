/** From one channel's object to another's: by name, as the edge does it. */
import type { Env } from "../env.ts";
import { parseAddress } from "../protocol/address.ts";
import type { ChannelRpc, UserRpc } from "./rpc.ts";

/** The object of a user. `hint`: where to make it, if this is the first that is heard of them. */
export function userStub(env: Env, user: string, hint?: DurableObjectLocationHint): UserRpc {
  return env.USERS.getByName(user, hint === undefined ? {} : { locationHint: hint }) as unknown as UserRpc;
}

/** The object of the channel of that address. */
export function channelStub(env: Env, address: string): ChannelRpc {
  const { kind, id } = parseAddress(address) ?? { kind: "room", id: address };
  return (kind === "user" ? env.USERS.getByName(id) : env.ROOMS.getByName(id)) as unknown as ChannelRpc;
}
