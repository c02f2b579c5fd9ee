import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { SignalDraft } from "../core/signals.ts";
import type { Env } from "../env.ts";
import { failure } from "../protocol/codes.ts";
import { ChannelObject } from "./channel-object.ts";
import type { LinkBatch, LinkReceipt } from "./links/calls.ts";
import { done } from "./outcome.ts";
import type { Relay } from "./relays/relay.ts";
import type { Outcome, RelayRpc } from "./rpc.ts";

/** Holds connections to a room in place of the room's own object. */
export class RelayObject extends ChannelObject implements RelayRpc {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "relay");
  }

  async deliver(batch: LinkBatch): Promise<LinkReceipt> {
    return this.called((now) => (this.relay as Relay).deliver(batch, now));
  }

  override async publish(identity: Identity, drafts: AuthoredDraft[], connection: string | null) {
    const users = drafts.map(({ user }) => user);
    const holds = await this.#holds(identity, connection, users);
    return holds.ok ? super.publish(identity, drafts, connection) : holds;
  }

  override async signal(identity: Identity, signal: SignalDraft, connection: string | null) {
    const holds = await this.#holds(identity, connection, [identity.user]);
    return holds.ok ? super.signal(identity, signal, connection) : holds;
  }

  /** Only whose connection it holds may speak through it, or whoever names relays could go round every rate. (SPEC ROUTE-2) */
  #holds(identity: Identity, connection: string | null, users: readonly string[]): Promise<Outcome<null>> {
    return this.serve(identity, (_, { sessions }) =>
      connection !== null && users.some((user) => sessions.find(connection, user) !== null)
        ? done(null)
        : { ok: false, failure: NOT_HERE },
    );
  }
}

const NOT_HERE = failure("not_found", "You have no such connection to this channel.");
