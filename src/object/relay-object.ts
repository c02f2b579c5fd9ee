import type { Env } from "../env.ts";
import { ChannelObject } from "./channel-object.ts";
import type { LinkBatch, LinkReceipt } from "./links/calls.ts";
import type { Relay } from "./relays/relay.ts";
import type { RelayRpc } from "./rpc.ts";

/** Holds connections to a room in place of the room's own object. */
export class RelayObject extends ChannelObject implements RelayRpc {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "relay");
  }

  async deliver(batch: LinkBatch): Promise<LinkReceipt> {
    return this.called((now) => (this.relay as Relay).deliver(batch, now));
  }
}
