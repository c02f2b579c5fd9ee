import type { Env } from "../env.ts";
import { ChannelObject } from "./channel-object.ts";

/** Holds connections to a room in place of the room's own object. */
export class RelayObject extends ChannelObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "room");
  }
}
