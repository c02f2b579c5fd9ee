/**
 * Tells watchers of presence what changed. With few of them at once; with many, changes are collected for up to a
 * second, so that a thousand joins cost each watcher one frame and not a thousand. (SPEC PRESENCE-4)
 */
import { presenceFrame } from "./encode.ts";
import type { PresenceChange } from "./presence.ts";
import { PresenceChanges } from "./presence-changes.ts";
import { deliver } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export class PresenceFeed {
  readonly #sessions: Sessions;
  readonly #collectAbove: number;
  /** Since the last flush. */
  #pending = new PresenceChanges();
  #serial = 0;
  /** Whether somebody is there or gone who is not told by name. */
  #isCountNew = false;

  constructor(sessions: Sessions, collectAbove: number) {
    this.#sessions = sessions;
    this.#collectAbove = collectAbove;
  }

  /** The number of the last change: a newcomer's welcome speaks of everything up to it. */
  get serial(): number {
    return this.#serial;
  }

  get isEmpty(): boolean {
    return this.#pending.isEmpty && !this.#isCountNew;
  }

  /** Whether changes wait for the collecting timer, instead of being told in the turn that made them. */
  get isCollecting(): boolean {
    return this.#sessions.watchers > this.#collectAbove;
  }

  add(change: PresenceChange): void {
    this.#serial++;
    if (this.#sessions.watchers > 0) this.#pending.add(this.#serial, change);
  }

  /** Members whose names are not known have come or gone. */
  countChanged(): void {
    if (this.#sessions.watchers > 0) this.#isCountNew = true;
  }

  /**
   * Sends what waits.
   * @param count of all members, now
   * @param isCounted whether not all of them are known by name: whoever has watched them by name is told the count from now
   *   on, for a list with holes is none
   */
  flush(count: number, isCounted = false): void {
    if (this.isEmpty) return;
    this.#isCountNew = false;
    const framesFor = this.#pending.teller(count);
    const counted = presenceFrame(count, {});
    this.#pending = new PresenceChanges();
    for (const session of this.#sessions) {
      if (session.presence === "none") continue;
      if (isCounted && session.presence === "members") {
        session.presence = "count";
        session.subscriber.save(session);
      }
      if (session.presence === "members")
        for (const frame of framesFor(session.presenceSerial)) deliver(session, frame);
      else if (session.toldCount !== count) deliver(session, counted);
      session.toldCount = count;
    }
  }
}
