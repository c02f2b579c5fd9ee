/**
 * Ends the connections that are over: no sign of life for too long, a token that ran out, a reader too slow. Looks at
 * all of them only when one can have died since the last look.
 */
import type { Config } from "../config.ts";
import type { Code } from "../protocol/codes.ts";
import { between } from "./clock.ts";
import type { Identity } from "./identity.ts";
import { type Session, signSavedFor } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** Members nobody watches are looked after so often: at most 24 alarms a day. */
const UNWATCHED_SWEEP = 3_600_000;
/** Token ends that are near each other share an alarm; below the 5 s within which an end must be seen, alarm included. */
const EXPIRY_STEP = 4000;
/** ms between two looks at what a reader has not taken. */
export const BACKLOG_SAMPLE = 500;

/** In how many other channels a session makes its user a member, and in how many that is watched. */
export interface Elsewhere {
  readonly members: number;
  readonly watched: number;
}

export class Liveness {
  readonly #sessions: Sessions;
  readonly #config: Config;
  readonly #end: (session: Session, code: Code, now: number) => void;
  readonly #elsewhere: () => Elsewhere;
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
    elsewhere: () => Elsewhere,
    now: number,
  ) {
    this.#sessions = sessions;
    this.#config = config;
    this.#end = end;
    this.#elsewhere = elsewhere;
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
    if (this.#aliveUntil !== null && now < this.#aliveUntil && now >= this.#sweptAt) return;
    let aliveUntil = Number.POSITIVE_INFINITY;
    const isLate = this.#isLate(now);
    for (const session of [...this.#sessions]) {
      // Of those that somebody else looks after nobody dies here.
      if (session.subscriber.isRemote) continue;
      if (isAhead(session, this.#config, now) || (isLate && deathOf(session, this.#config) <= now))
        beginAnew(session, now);
      const death = deathOf(session, this.#config);
      if (death <= now) this.#end(session, "heartbeat_timeout", now);
      // Whoever has sent no ping yet may send one now, and has a shorter life from then on.
      else aliveUntil = Math.min(aliveUntil, death, now + this.#config.HEARTBEAT_TIMEOUT);
    }
    this.#aliveUntil = aliveUntil;
    this.#sweptAt = now;
  }

  /**
   * Whether somebody has been dead for so long that nobody can have looked in time: the alarm came late, the object was
   * stopped, or its clock was put forward. Who was silent meanwhile, and who was not heard, cannot be told apart.
   */
  #isLate(now: number): boolean {
    const { HEARTBEAT_TIMEOUT, PRESENCE_SWEEP } = this.#config;
    if (!this.#isSwept) return false;
    const most = HEARTBEAT_TIMEOUT + (this.#isWatched ? PRESENCE_SWEEP : UNWATCHED_SWEEP);
    for (const session of this.#sessions)
      if (!session.subscriber.isRemote && now - deathOf(session, this.#config) > most) return true;
    return false;
  }

  /** Where nobody is a member nobody asks who is there. */
  get #isSwept(): boolean {
    return this.#sessions.memberships + this.#elsewhere().members > 0;
  }

  get #isWatched(): boolean {
    return this.#sessions.watchers + this.#elsewhere().watched > 0;
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
    if (between(this.#sampledAt, now) < BACKLOG_SAMPLE) return this.#isFilling || this.noteSent(0);
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

  /** When to look for the dead next, ms; null: no member, so nobody asks. */
  nextSweep(now: number): number | null {
    if (!this.#isSwept) return null;
    if (this.#aliveUntil === Number.POSITIVE_INFINITY) return null;
    if (now < this.#sweptAt) return now;
    const { HEARTBEAT_TIMEOUT, PRESENCE_SWEEP } = this.#config;
    // Not looked yet: the alarm is set, and not later than this, unless the clock was put back.
    const aliveUntil = this.#aliveUntil ?? this.#sweptAt + HEARTBEAT_TIMEOUT;
    // Before that moment a look does nothing, and would be due again at once.
    if (!this.#isWatched) return Math.max(aliveUntil, this.#sweptAt + UNWATCHED_SWEEP);
    // A last frame is known to `signSavedFor` after a hibernation: the sweep makes up for it.
    return Math.max(aliveUntil, this.#sweptAt + PRESENCE_SWEEP - signSavedFor(this.#config));
  }

  /** When the first token ends, ms, rounded up; null: none does. */
  nextExpiry(): number | null {
    if (this.#firstExpiry === undefined) this.#firstExpiry = this.#sessions.firstExpiry();
    return this.#firstExpiry && Math.ceil(this.#firstExpiry / EXPIRY_STEP) * EXPIRY_STEP;
  }
}

/** When a connection counts as dead if it gives no further sign of life, ms. (SPEC HEART-2) */
export function deathOf({ subscriber, lastFrameAt, disbelieved }: Session, config: Config): number {
  const heartbeat = subscriber.lastHeartbeat();
  const lastSign = heartbeat === null || heartbeat === disbelieved ? lastFrameAt : Math.max(lastFrameAt, heartbeat);
  return lastSign + (heartbeat === null ? config.NO_HEARTBEAT_TIMEOUT : config.HEARTBEAT_TIMEOUT);
}

/** Whether a sign of life is later than the clock, which was put back since. */
function isAhead({ subscriber, lastFrameAt, disbelieved }: Session, config: Config, now: number): boolean {
  const heartbeat = subscriber.lastHeartbeat();
  const isHeartbeatAhead = heartbeat !== null && heartbeat > now && heartbeat !== disbelieved;
  return isHeartbeatAhead || lastFrameAt > now + signSavedFor(config);
}

/** What was heard of it before tells nothing any more: it counts as heard of just now. */
function beginAnew(session: Session, now: number): void {
  const heartbeat = session.subscriber.lastHeartbeat();
  if (heartbeat !== null && heartbeat > now) session.disbelieved = heartbeat;
  session.lastFrameAt = session.signSavedUntil = now;
  session.subscriber.save(session);
}
