import type { Place } from "../../core/place.ts";
import { MORE } from "../../core/pull.ts";
import type { Session, Subscriber } from "../../core/session.ts";
import { parseRelay } from "../../protocol/relay.ts";
import type { Link } from "./link.ts";

/** Frames without a place that a reader would miss. */
const TOLD = /^\{"type":"(presence|read)"/;

/** A subscription as the core sees it: what it is sent goes down its link. */
export class LinkSubscriber implements Subscriber {
  readonly isRemote = true;
  readonly isRelay: boolean;
  readonly #link: Link;
  readonly #subscription: string;
  readonly #save: (session: Session) => void;
  readonly #news: () => void;
  /** Whether its end is known at the other side. */
  isQuiet = false;
  /** Whether what it is sent now answers a call of its own, which is repeated until that has arrived. */
  isAnswered = false;

  /** @param news what is sent now must not be lost, whatever crashes */
  constructor(link: Link, subscription: string, save: (session: Session) => void, news: () => void) {
    this.#link = link;
    this.isRelay = parseRelay(link.peer) !== null;
    this.#subscription = subscription;
    this.#save = save;
    this.#news = news;
  }

  send(frame: string | Uint8Array, place: Place | null = null): void {
    if (this.isQuiet) return;
    const text = frame as string; // it reads frames, never events
    if (text === MORE) return this.#link.more(this.#subscription);
    this.#link.frame(this.#subscription, text, place);
    // A signal is never told again, and an answer goes to somebody who asks until there is one.
    if (!this.isAnswered && (place !== null || TOLD.test(text))) this.#news();
  }

  close(code: number, reason: string): void {
    if (this.isQuiet) return;
    this.isQuiet = true;
    this.#link.end(this.#subscription, { code, reason, at: Date.now() });
  }

  unsent(): number {
    return this.#link.unsentOf(this.#subscription);
  }

  /** Whether it lives is found out where its socket is. */
  lastHeartbeat(): number {
    return Number.POSITIVE_INFINITY;
  }

  save(session: Session): void {
    this.#save(session);
  }
}
