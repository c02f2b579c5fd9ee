/**
 * Ends the connections that are over: no sign of life for too long, a token that ran out, a reader too slow. Looks at
 * all of them only when one can have died since the last look.
 */
import type { Config } from "../config.ts";
import type { Code } from "../protocol/codes.ts";
import type { Identity } from "./identity.ts";
import { type Session, signSavedFor } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** Members nobody watches are looked after so often: at most 24 alarms a day. */
const UNWATCHED_SWEEP = 3_600_000;
/** Token ends that are near each other share an alarm; below the 5 s within which an end must be seen, alarm included. */
const EXPIRY_STEP = 4000;
/** ms between two looks at what a reader has not taken. */
export const BACKLOG_SAMPLE = 500;

export class Liveness {
  readonly #sessions: Sessions;
  readonly #config: Config;
  readonly #end: (session: Session, code: Code, now: number) => void;
  /** Nobody can have died before this; null: not looked yet. */
  #aliveUntil: number | null = null;
  #sweptAt: number;
  /** The first token's end; undefined: not looked yet. */
  #firstExpiry: number | null | undefined;
  #sampledAt = 0;
  #sentSinceLook = 0;
  /** Whether at the last look somebody had more unsent than they may have at the next. */
  #isFilling = false;
  #isEnding = false;

  constructor(
    sessions: Sessions,
    config: Config,
    end: (session: Session, code: Code, now: number) => void,
    now: number,
  ) {
    this.#sessions = sessions;
    this.#config = config;
    this.#end = end;
    this.#sweptAt = now;
  }

  /** A session came, or got a new token. */
  added({ expires }: Identity, now: number): void {
    const known = this.#firstExpiry;
    if (known === null) this.#firstExpiry = expires;
    else if (known !== undefined && expires !== null && expires < known) this.#firstExpiry = expires;
    if (this.#aliveUntil !== null) this.#aliveUntil = Math.min(this.#aliveUntil, now + this.#config.HEARTBEAT_TIMEOUT);
  }

  /** Ends those without a sign of life. Costs nothing while nobody can have died. */
  endDead(now: number): void {
    if (this.#aliveUntil !== null && now < this.#aliveUntil) return;
    let aliveUntil = Number.POSITIVE_INFINITY;
    for (const session of [...this.#sessions]) {
      const death = deathOf(session, this.#config);
      if (death <= now) this.#end(session, "heartbeat_timeout", now);
      // Of those that somebody else looks after nobody dies here.
      else if (session.subscriber.isRemote) continue;
      // Whoever has sent no ping yet may send one now, and has a shorter life from then on.
      else aliveUntil = Math.min(aliveUntil, death, now + this.#config.HEARTBEAT_TIMEOUT);
    }
    this.#aliveUntil = aliveUntil;
    this.#sweptAt = now;
  }

  /** Whether expired connections are being ended just now: nothing is to be told to those whose turn is yet to come. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Ends those whose token has run out. */
  endExpired(now: number): void {
    if (this.#isEnding) return;
    if (this.#firstExpiry === undefined) this.#firstExpiry = this.#sessions.firstExpiry();
    if (this.#firstExpiry === null || now < this.#firstExpiry) return;
    this.#isEnding = true;
    for (const session of [...this.#sessions]) {
      const { expires } = session.identity;
      if (expires !== null && expires <= now) this.#end(session, "unauthenticated", now);
    }
    this.#isEnding = false;
    this.#firstExpiry = this.#sessions.firstExpiry();
  }

  /** Bytes went out. Answers whether they are so many since the last look that somebody may not have taken them. */
  noteSent(bytes: number): boolean {
    this.#sentSinceLook += bytes;
    return this.#sentSinceLook > this.#config.UNSENT_BYTES;
  }

  /**
   * Ends the readers that lag behind: by what was unsent at the last look and still is, never by what was queued
   * since. Of all together the fullest go first. Answers whether somebody may have to go at the next look.
   */
  endSlow(now: number): boolean {
    if (now - this.#sampledAt < BACKLOG_SAMPLE) return this.#isFilling || this.noteSent(0);
    this.#sampledAt = now;
    this.#sentSinceLook = 0;
    const lagging: { session: Session; unsent: number }[] = [];
    let total = 0;
    this.#isFilling = false;
    for (const session of [...this.#sessions]) {
      const unsent = session.subscriber.unsent() ?? 0;
      if (unsent > this.#config.UNSENT_BYTES) this.#isFilling = true;
      const old = unsent - session.backlog.sentSince;
      session.backlog.sentSince = 0;
      if (unsent === 0) continue;
      if (old > this.#config.UNSENT_BYTES) this.#end(session, "overloaded", now);
      else {
        total += Math.max(0, old);
        lagging.push({ session, unsent: old });
      }
    }
    if (total <= this.#config.UNSENT_BYTES_TOTAL) return this.#isFilling;
    for (const { session, unsent } of lagging.sort((a, b) => b.unsent - a.unsent)) {
      if (total <= this.#config.UNSENT_BYTES_TOTAL) break;
      this.#end(session, "overloaded", now);
      total -= unsent;
    }
    return this.#isFilling;
  }

  /**
   * When to look for the dead next, ms; null: no member, so nobody asks (or not looked yet: the alarm is set).
   * @param watchersOfOthers who want to be told, but are connected to other nodes of the channel
   */
  nextSweep(elsewhere: { readonly members: number; readonly watched: number }, watchersOfOthers = 0): number | null {
    if (this.#sessions.memberships + elsewhere.members === 0) return null;
    if (this.#aliveUntil === null || this.#aliveUntil === Number.POSITIVE_INFINITY) return null;
    if (this.#sessions.watchers + elsewhere.watched + watchersOfOthers === 0) return this.#sweptAt + UNWATCHED_SWEEP;
    // A last frame is known to `signSavedFor` after a hibernation: the sweep makes up for it.
    return Math.max(this.#aliveUntil, this.#sweptAt + this.#config.PRESENCE_SWEEP - signSavedFor(this.#config));
  }

  /** When the first token ends, ms, rounded up; null: none does. */
  nextExpiry(): number | null {
    if (this.#firstExpiry === undefined) this.#firstExpiry = this.#sessions.firstExpiry();
    return this.#firstExpiry && Math.ceil(this.#firstExpiry / EXPIRY_STEP) * EXPIRY_STEP;
  }
}

/** When a connection counts as dead if it gives no further sign of life, ms. (SPEC HEART-2) */
export function deathOf({ subscriber, connectedAt, lastFrameAt }: Session, config: Config): number {
  const heartbeat = subscriber.lastHeartbeat();
  const lastSign = Math.max(connectedAt, lastFrameAt, heartbeat ?? 0);
  return lastSign + (heartbeat === null ? config.NO_HEARTBEAT_TIMEOUT : config.HEARTBEAT_TIMEOUT);
}
