import type { HistoryQuery } from "../core/history.ts";
import type { Env } from "../env.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { ChannelObject } from "./channel-object.ts";
import type { TailPage, UpAnswer, UpCall } from "./relays/calls.ts";
import type { RoomRpc } from "./rpc.ts";

/** A channel that any permitted user can join. */
export class RoomObject extends ChannelObject implements RoomRpc {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "room");
  }

  async up(call: UpCall): Promise<UpAnswer> {
    return this.called(() => this.relays.call(call));
  }

  async logBefore(before: Cursor | null): Promise<TailPage> {
    return this.called((now) => this.relays.logBefore(before, now));
  }

  async page(query: HistoryQuery, mostBytes: number): Promise<string> {
    return this.called((now, channel) => channel.history(query, mostBytes, now));
  }
}
