import type { Sessions } from "../core/sessions.ts";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { ChannelObject } from "./channel-object.ts";
import { Planner } from "./relays/plan.ts";
import { type ConnectFacts, PLAN_STATUS } from "./rpc.ts";

/** A channel that any permitted user can join. */
export class RoomObject extends ChannelObject {
  readonly #planner: Planner;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "room");
    const settings = settingsOf(env);
    if ("problem" in settings) throw new Error(settings.problem);
    this.#planner = new Planner(settings.config);
  }

  protected override passOn({ avoid = [], isDirect = false }: ConnectFacts, { size }: Sessions, now: number) {
    this.#planner.avoid(avoid, now);
    // Each relay is one of its sessions.
    const plan = isDirect ? null : this.#planner.plan(size - this.#planner.relays, now);
    return plan === null ? null : Response.json(plan, { status: PLAN_STATUS });
  }
}
