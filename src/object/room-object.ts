import type { Env } from "../env.ts";
import { ChannelObject } from "./channel-object.ts";

/** A channel that any permitted user can join. */
export class RoomObject extends ChannelObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "room");
  }
}
