/** What connections send, in the order in which each sent it, whatever the application takes its time to say about it. */
import type { Channel } from "../core/channel.ts";
import type { Draft } from "../core/publish.ts";
import { receive } from "../core/receive.ts";
import type { Session } from "../core/session.ts";
import type { Failure } from "../protocol/codes.ts";
import { HeldFrames, type RawFrame } from "./held-frames.ts";
import { review } from "./review.ts";

/** Runs one event through the core. */
type Turn = (event: (now: number) => void) => void;

export class Inlet {
  readonly #channel: () => Channel;
  readonly #turn: Turn;
  readonly #held: HeldFrames;
  /** Who wants to know when a session's frames are through. */
  readonly #waiting = new Map<Session, (() => void)[]>();

  constructor(channel: () => Channel, mostBytes: number, turn: Turn) {
    this.#channel = channel;
    this.#turn = turn;
    this.#held = new HeldFrames(mostBytes);
  }

  take(session: Session, message: RawFrame): void {
    const channel = this.#channel();
    if (!this.#held.has(session)) this.#turn((now) => receive(channel, session, message, now));
    else if (!this.#held.push(session, message)) this.#turn((now) => channel.end(session, "overloaded", now));
  }

  /** Fulfilled when all that the session has sent so far has been done. */
  async through(session: Session): Promise<void> {
    if (!this.#held.has(session)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(session, [...(this.#waiting.get(session) ?? []), resolve]);
    return promise;
  }

  /** Holds a session's later frames back until the application has spoken about this one. */
  review(draft: Draft, session: Session, then: (verdict: Draft | Failure, now: number) => void): void {
    const verdict = review(draft, session.identity, this.#channel().address);
    if (!(verdict instanceof Promise)) return this.#turn((now) => then(verdict, now));
    this.#held.begin(session);
    void verdict.then((late) => {
      this.#turn((now) => then(late, now));
      this.#release(session, this.#held.end(session));
      if (this.#held.has(session)) return;
      for (const resolve of this.#waiting.get(session) ?? []) resolve();
      this.#waiting.delete(session);
    });
  }

  #release(session: Session, held: RawFrame[]): void {
    for (const [index, message] of held.entries()) {
      if (!this.#channel().sessions.has(session)) return;
      this.#turn((now) => receive(this.#channel(), session, message, now));
      if (!this.#held.has(session)) continue;
      for (const later of held.slice(index + 1)) this.#held.push(session, later);
      return;
    }
  }
}
