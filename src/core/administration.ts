/** What an administrator does to a channel as a whole. (SPEC ADMIN-1 to ADMIN-3) */
import { closeCodeOf } from "../protocol/codes.ts";
import type { Log } from "../storage/log.ts";
import type { Channel } from "./channel.ts";
import { gapFrame } from "./encode.ts";
import { placed } from "./frame.ts";
import { gapBetween } from "./history.ts";
import { tellRead } from "./read.ts";
import { isRevoked } from "./revoked.ts";
import { deliver } from "./session.ts";

export class Administration {
  readonly #channel: Channel;
  readonly #log: Log;

  constructor(channel: Channel, log: Log) {
    this.#channel = channel;
    this.#log = log;
  }

  /** Forgets all messages. Connections stay, and are told of the new epoch. */
  clear(now: number): void {
    const before = this.#log.head;
    if (before === null) return;
    this.#channel.flush(now); // what was accepted before is cleared too, and its publishers hear that it was taken
    const { epoch, seq } = this.#log.open(now);
    this.#log.clear(now);
    this.#channel.publisher.forget();
    this.#channel.inbox?.forget();
    const head = this.#log.open(now);
    const gap = placed(gapFrame(gapBetween({ epoch, seq }, { epoch: head.epoch, oldest: 1, head: 0 }, "epoch"), head), {
      epoch: head.epoch,
      previous: { epoch, seq },
      to: head.seq,
    });
    // Who is still being fed hears it with the next page.
    for (const session of this.#channel.sessions) if (session.feed.kind === "live") deliver(session, gap);
    tellRead(this.#channel, null, now); // nothing is unread any more
  }

  /** Ends the connections of a user, or all of them (null), but for those that relays hold; answers how many. */
  kick(user: string | null, now: number): number {
    const { sessions } = this.#channel;
    const ended = [...(user === null ? sessions : sessions.ofUser(user))].filter(
      ({ subscriber }) => subscriber.isRelay !== true,
    );
    for (const session of ended) this.#channel.end(session, "forbidden", now);
    return ended.length;
  }

  /**
   * Ends what a user has open by tokens made in `second` or before (or that do not say when): they are logged out.
   * Answers how many that were, and how many are left.
   */
  revoke(user: string, second: number, now: number): { closed: number; left: number } {
    const open = [...this.#channel.sessions.ofUser(user)];
    const old = open.filter(({ identity: { kind, issuedAt }, connectedAt }) =>
      kind === "server" ? connectedAt < (second + 1) * 1000 : isRevoked(issuedAt, second),
    );
    for (const session of old) this.#channel.end(session, "unauthenticated", now, closeCodeOf("unauthenticated"), true);
    return { closed: old.length, left: open.length - old.length };
  }

  /** Forgets everything and ends every connection. The next use starts a new epoch. */
  erase(now: number): void {
    if (!this.#channel.isUsed) return;
    this.#channel.flush(now);
    for (const session of [...this.#channel.sessions]) this.#channel.end(session, "gone", now);
    this.#log.erase();
    this.#channel.publisher.forget();
    this.#channel.inbox?.forget();
    this.#channel.presence.clear();
  }
}
