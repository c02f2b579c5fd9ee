import type { HistoryQuery } from "../core/history.ts";
import type { Sessions } from "../core/sessions.ts";
import type { Env } from "../env.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { parseRelay, type RelayName } from "../protocol/relay.ts";
import { ChannelObject } from "./channel-object.ts";
import type { TailPage, UpAnswer, UpCall } from "./relays/calls.ts";
import { Planner } from "./relays/plan.ts";
import { type ConnectFacts, PLAN_STATUS, type RoomRpc } from "./rpc.ts";

/** A channel that any permitted user can join. */
export class RoomObject extends ChannelObject implements RoomRpc {
  readonly #planner: Planner;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "room");
    this.#planner = new Planner(this.config);
  }

  protected override passOn({ avoid = [], isDirect = false }: ConnectFacts, { size }: Sessions, now: number) {
    this.#planner.avoid(avoid, now);
    if (isDirect) return null;
    const relays = this.relays.attached().map(({ name, connections }) => ({ ...placeOf(name), connections }));
    // Each relay is one of its sessions.
    const plan = this.#planner.plan(size - relays.length, relays, now);
    return plan === null ? null : Response.json(plan, { status: PLAN_STATUS });
  }

  async up(call: UpCall): Promise<UpAnswer> {
    this.#planner.heard(placeOf(call.relay));
    return this.called(() => this.relays.call(call));
  }

  async logBefore(before: Cursor | null): Promise<TailPage> {
    return this.called((now) => this.relays.logBefore(before, now));
  }

  async page(query: HistoryQuery, mostBytes: number): Promise<string> {
    return this.called((now, channel) => channel.history(query, mostBytes, now));
  }
}

/** Only relays call, and they know their names. */
function placeOf(name: string): RelayName {
  return parseRelay(name) as RelayName;
}
