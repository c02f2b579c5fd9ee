/**
 * Tells watchers of presence what changed. With few of them at once; with many, changes are collected for up to a
 * second, so that a thousand joins cost each watcher one frame and not a thousand. (SPEC PRESENCE-4)
 */
import type { Member, PresenceFrame } from "../protocol/frames.ts";
import { presenceFrame } from "./encode.ts";
import type { Frame } from "./frame.ts";
import type { PresenceChange } from "./presence.ts";
import { deliver } from "./session.ts";
import type { Sessions } from "./sessions.ts";

interface Numbered {
  readonly serial: number;
  readonly change: PresenceChange;
}

/** Members in one frame, so that it stays far below 256 KiB whatever their data. */
const MEMBERS_PER_FRAME = 50;

export class PresenceFeed {
  readonly #sessions: Sessions;
  readonly #collectAbove: number;
  /** What happened to a user since the last flush, in order. */
  #pending = new Map<string, Numbered[]>();
  #serial = 0;

  constructor(sessions: Sessions, collectAbove: number) {
    this.#sessions = sessions;
    this.#collectAbove = collectAbove;
  }

  /** The number of the last change: a newcomer's welcome speaks of everything up to it. */
  get serial(): number {
    return this.#serial;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** Whether changes wait for the collecting timer, instead of being told in the turn that made them. */
  get isCollecting(): boolean {
    return this.#sessions.watchers > this.#collectAbove;
  }

  add(change: PresenceChange): void {
    this.#serial++;
    if (this.#sessions.watchers === 0) return;
    const user = change.kind === "left" ? change.user : change.member.user;
    const numbered = { serial: this.#serial, change };
    const earlier = this.#pending.get(user);
    if (earlier === undefined) this.#pending.set(user, [numbered]);
    else earlier.push(numbered);
  }

  /** Sends what waits. `count`: of all members, now. */
  flush(count: number): void {
    if (this.isEmpty) return;
    const pending = this.#pending;
    this.#pending = new Map();
    let [oldest, shared] = [Number.POSITIVE_INFINITY, null as Frame[] | null];
    for (const [first] of pending.values()) if (first !== undefined) oldest = Math.min(oldest, first.serial);
    const counted = presenceFrame(count, {});

    for (const session of this.#sessions) {
      if (session.presence === "none") continue;
      if (session.presence === "count") {
        if (session.toldCount !== count) deliver(session, counted);
      } else {
        const isOld = session.presenceSerial < oldest;
        if (isOld) shared ??= framesOf(pending, 0, count);
        for (const frame of isOld ? (shared ?? []) : framesOf(pending, session.presenceSerial, count))
          deliver(session, frame);
      }
      session.toldCount = count;
    }
  }
}

/** The frames for one whose picture is that of change number `since`. */
function framesOf(pending: Map<string, Numbered[]>, since: number, count: number): Frame[] {
  const joined: Member[] = [];
  const updated: Member[] = [];
  const left: { user: string }[] = [];
  for (const [user, changes] of pending) {
    const news = changes.filter(({ serial }) => serial > since).map(({ change }) => change);
    const [first, last] = [news[0], news.at(-1)];
    if (first === undefined || last === undefined) continue;
    // Whoever was not there before and is not now, was nothing to tell.
    const wasThere = first.kind !== "joined";
    if (last.kind === "left") {
      if (wasThere) left.push({ user });
    } else if (wasThere) updated.push(last.member);
    else joined.push(last.member);
  }
  const frames: Frame[] = [];
  const most = Math.max(joined.length, updated.length, left.length);
  for (let at = 0; at < most; at += MEMBERS_PER_FRAME) {
    const changes: { -readonly [K in "joined" | "left" | "updated"]?: NonNullable<PresenceFrame[K]> } = {};
    if (at < joined.length) changes.joined = joined.slice(at, at + MEMBERS_PER_FRAME);
    if (at < left.length) changes.left = left.slice(at, at + MEMBERS_PER_FRAME);
    if (at < updated.length) changes.updated = updated.slice(at, at + MEMBERS_PER_FRAME);
    frames.push(presenceFrame(count, changes));
  }
  return frames;
}
