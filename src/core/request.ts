/** What an HTTP request does in a channel: the counterpart of `receive.ts` for those without a socket. */
import { type Failure, failure } from "../protocol/codes.ts";
import type { Json } from "../protocol/json.ts";
import type { Receipt } from "./batch.ts";
import type { Channel } from "./channel.ts";
import type { Identity } from "./identity.ts";
import type { Draft } from "./publish.ts";
import type { SignalDraft } from "./signals.ts";
import { UserRates } from "./user-rates.ts";

/** A draft, and the user it is published as. */
export interface AuthoredDraft extends Draft {
  readonly user: string;
}

export class Requests {
  readonly #channel: Channel;
  readonly #rates: UserRates;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#rates = new UserRates(channel.config);
  }

  /** Takes `count` messages of the user's rate; or says how long to wait. */
  takeRate({ kind, user }: Identity, count: number, now: number): Failure | null {
    const wait = kind === "server" ? 0 : this.#rates.of(user, now).publish.take(count, now);
    return wait > 0 ? failure("rate_limited", "Too many messages of this user in this channel.", wait) : null;
  }

  /**
   * Publishes all of `drafts` or none. The receipts hold once `committed` is fulfilled.
   * @param rateTaken whether `takeRate` was asked before, so that the application is not asked about what is refused
   * @param connection the sender's own connection, if it has one: it decides about the echo
   */
  publish(
    identity: Identity,
    drafts: readonly AuthoredDraft[],
    connection: string | null,
    now: number,
    rateTaken = false,
  ): { receipts: Receipt[]; committed: Promise<void> } | Failure {
    const limited = rateTaken ? null : this.takeRate(identity, drafts.length, now);
    if (limited !== null) return limited;
    const { publisher, sessions, host } = this.#channel;
    const { batch } = publisher;
    const before = batch.entries.length;
    const receipts: Receipt[] = [];
    for (const draft of drafts) {
      const session = connection === null ? null : sessions.find(connection, draft.user);
      const receipt = publisher.accept(draft, { user: draft.user, userJson: JSON.stringify(draft.user), session }, now);
      if ("code" in receipt) {
        batch.truncate(before);
        return receipt;
      }
      receipts.push(receipt);
    }
    // Also for a duplicate: what it repeats may itself still wait to be written.
    host.later("flush", 0);
    return { receipts, committed: batch.committed };
  }

  /** Null if it was taken. */
  signal(identity: Identity, draft: SignalDraft, connection: string | null, now: number): Failure | null {
    const wait = identity.kind === "server" ? 0 : this.#rates.of(identity.user, now).signal.take(1, now);
    if (wait > 0) return failure("rate_limited", "Too many signals of this user in this channel.", wait);
    const origin = connection === null ? null : this.#channel.sessions.find(connection, identity.user);
    const userJson = JSON.stringify(identity.user);
    return this.#channel.addSignal(draft, { userJson, origin, connection: origin?.connection ?? null }, now);
  }

  /**
   * Member data of a connection that cannot send frames. Null if it is done.
   * @param isPoll whether the connection is known to be the user's own, though no poll of it may be open just now
   */
  setMemberData({ user }: Identity, connection: string, isPoll: boolean, data: Json, now: number): Failure | null {
    const session = this.#channel.sessions.find(connection, user);
    if (session === null && !(isPoll && this.#channel.presence.own.has(user, now)))
      return failure("not_found", "You have no such connection to this channel.");
    if (session?.member === false)
      return failure("bad_request", "This connection is not a member: member=1 makes it one.");
    return this.#channel.setMemberData(user, data, now);
  }
}
