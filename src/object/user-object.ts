import type { Identity } from "../core/identity.ts";
import type { InboxState } from "../core/inbox.ts";
import { markRead } from "../core/read.ts";
import type { Env } from "../env.ts";
import { failure } from "../protocol/codes.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { ChannelObject } from "./channel-object.ts";
import type { LinkBatch, LinkReceipt } from "./links/calls.ts";
import type { Person } from "./person.ts";
import type { Outcome, PersonPresence, UserRpc, Whereabouts } from "./rpc.ts";

/** A user: their inbox, which is a channel like others, and what is known of them as a person. */
export class UserObject extends ChannelObject implements UserRpc {
  readonly #person: Person;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "user");
    this.#person = this.person as Person;
  }

  async deliver(batch: LinkBatch): Promise<LinkReceipt> {
    return this.follow((subscriptions, now) => subscriptions.deliver(batch, now));
  }

  enter(channel: string, at: number, token: { issuedAt: number | null } | null): Promise<number | null> {
    return this.#person.enter(channel, at, token);
  }

  left(channel: string, at: number): Promise<void> {
    return this.#person.left(channel, at);
  }

  tokensBefore(): Promise<number | null> {
    return this.#person.tokensBefore();
  }

  presence(): Promise<PersonPresence> {
    return this.#person.presence();
  }

  async allWhereabouts(identity: Identity): Promise<Outcome<{ connections: Whereabouts[]; lastSeen: number | null }>> {
    const admitted = await this.serve(identity, () => ({ ok: true, value: null }));
    if (!admitted.ok) return admitted;
    const { connections, lastSeen } = await this.#person.whereabouts();
    return {
      ok: true,
      value: { connections: [...connections, ...(this.subscriptions?.whereabouts() ?? [])], lastSeen },
    };
  }

  async logOut(identity: Identity): Promise<Outcome<number>> {
    const admitted = await this.serve(identity, () => ({ ok: true, value: null }));
    return admitted.ok ? { ok: true, value: await this.#person.logOut() } : admitted;
  }

  read(identity: Identity, cursor: Cursor, connection: string | null): Promise<Outcome<InboxState>> {
    return this.serve(identity, (now, channel) => {
      const state = markRead(channel, cursor, connection, now);
      return state === null
        ? { ok: false, failure: failure("bad_cursor", "The inbox does not reach so far.") }
        : { ok: true, value: state };
    });
  }
}
