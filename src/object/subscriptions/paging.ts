/**
 * Asks for the next page of a channel when its reader has taken the last: by what its socket has not sent yet, or, for the
 * reader of a stream, when the edge says so. A reader that takes nothing is ended as slow. (SPEC RESUME-5)
 */
import type { Channel } from "../../core/channel.ts";
import { between } from "../../core/clock.ts";
import { MORE } from "../../core/pull.ts";
import type { Session } from "../../core/session.ts";
import type { Subscription } from "./subscription.ts";

/** The next page is asked for when less than this is unsent. */
const REFILL_BYTES = 256 * 1024;
/** ms */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 100;
const STALL = 30_000;

interface Waiting {
  readonly subscriptions: Set<Subscription>;
  unsent: number;
  /** When it last took something, ms. */
  tookAt: number;
}

export class Paging {
  readonly #channel: Channel;
  readonly #turn: (event: (now: number) => void) => void;
  readonly #waiting = new Map<Session, Waiting>();
  #wait = FIRST_WAIT;
  #isTiming = false;

  constructor(channel: Channel, turn: (event: (now: number) => void) => void) {
    this.#channel = channel;
    this.#turn = turn;
  }

  /** It has to ask for what is next, as soon as its reader takes it. */
  behind(subscription: Subscription, session: Session): void {
    if (subscription.isPulling || session.transport === "poll") return;
    const unsent = session.subscriber.unsent() ?? 0;
    if (session.transport === "ws" && unsent < REFILL_BYTES) return pull(subscription);
    const waiting = this.#waiting.get(session) ?? { subscriptions: new Set(), unsent, tookAt: Date.now() };
    waiting.subscriptions.add(subscription);
    this.#waiting.set(session, waiting);
    if (session.transport === "ws") this.#look();
    else session.subscriber.send(MORE);
  }

  /** The reader of a stream has taken what it had. */
  pulled(session: Session): void {
    const waiting = this.#waiting.get(session);
    this.#waiting.delete(session);
    for (const subscription of waiting?.subscriptions ?? []) pull(subscription);
  }

  #look(): void {
    if (this.#isTiming) return;
    this.#isTiming = true;
    setTimeout(() => {
      this.#isTiming = false;
      this.#turn((now) => this.#feed(now));
    }, this.#wait);
  }

  #feed(now: number): void {
    let isTaken = false;
    let isWaiting = false;
    for (const [session, waiting] of this.#waiting) {
      if (!this.#channel.sessions.has(session)) this.#waiting.delete(session);
      else if (session.transport === "ws") {
        const unsent = session.subscriber.unsent() ?? 0;
        if (unsent < waiting.unsent) waiting.tookAt = now;
        waiting.unsent = unsent;
        if (unsent < REFILL_BYTES) {
          isTaken = true;
          this.pulled(session);
        } else if (between(waiting.tookAt, now) >= STALL) this.#channel.end(session, "overloaded", now);
        else isWaiting = true;
      }
    }
    this.#wait = isTaken ? FIRST_WAIT : Math.min(this.#wait * 2, LONGEST_WAIT);
    if (isWaiting) this.#look();
  }
}

function pull(subscription: Subscription): void {
  if (subscription.isPulling || !subscription.isBehind) return;
  subscription.isPulling = true;
  subscription.upstream.push({ kind: "pull", after: subscription.at });
}
