/**
 * Who is a member by a connection to this very object. Kept as rows (so that a crash leaves no ghosts) and, from the first
 * question after a wake, in memory. Everything here is right at any moment: what time has changed is settled before
 * anything is read. (SPEC PRESENCE-1 to PRESENCE-10)
 */
import type { Config } from "../config.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import type { Member } from "../protocol/frames.ts";
import { type Json, type JsonObject, utf8Length } from "../protocol/json.ts";
import type { MemberTable, StoredMember } from "../storage/members.ts";
import { dueAt } from "./clock.ts";
import { Graces } from "./graces.ts";
import { type MemberAt, together } from "./member-at.ts";
import type { Sessions } from "./sessions.ts";

export type PresenceChange =
  | { readonly kind: "joined"; readonly member: Member }
  | { readonly kind: "updated"; readonly member: Member }
  | { readonly kind: "left"; readonly user: string };

/** What a newcomer brings. */
export interface Arrival {
  readonly user: string;
  readonly info: JsonObject | null;
  /** Undefined: keep what there is. */
  readonly data: Json | undefined;
}

/** Who shows these members to others, together with those of other nodes of the channel. */
export interface Around {
  /** Whether this object is the channel's only one. */
  readonly isAlone: boolean;
  /** What other nodes know of the user. */
  of(user: string): readonly MemberAt[];
  /** They are in memory now, as they were before the turn that wants to know. */
  loaded(members: ReadonlyMap<string, StoredMember>): void;
  /** A member is not as before; undefined: they are none. Where others are around, also if only the connections differ. */
  changed(before: StoredMember | undefined, after: StoredMember | undefined): void;
}

export class Presence {
  readonly #table: MemberTable;
  readonly #sessions: Sessions;
  readonly #config: Config;
  readonly #around: Around;
  /** Since when rows without a connection are without one: no later than this. */
  readonly #lostAt: number;
  #members: Map<string, StoredMember> | null = null;
  /** Of `#members`. */
  #graces = new Graces();
  /** Before they are loaded: when the first of those in their grace lost their connection. */
  #firstBroken: { readonly at: number | null } | null = null;
  readonly #isStored: () => boolean;
  /** ms that the beginning of a grace may lie ahead: that of a poll is longer. */
  readonly #mostAhead: number;

  constructor(parts: {
    table: MemberTable;
    /** Whether the tables exist: a question about nobody makes none. */
    isStored: () => boolean;
    sessions: Sessions;
    config: Config;
    around: Around;
    lostAt: number;
  }) {
    this.#table = parts.table;
    this.#isStored = parts.isStored;
    this.#sessions = parts.sessions;
    this.#config = parts.config;
    this.#around = parts.around;
    this.#lostAt = parts.lostAt;
    this.#mostAhead = Math.max(0, parts.config.POLL_GRACE - parts.config.PRESENCE_GRACE);
  }

  /** A session that makes its user a member has been added to the sessions. */
  join({ user, info, data }: Arrival, now: number): void {
    const before = this.#settled(now).get(user);
    const known = together([
      ...(before === undefined ? [] : [{ ...before, connections: 0 }]),
      ...this.#around.of(user),
    ]);
    this.#replace(before, {
      user,
      since: known?.since ?? now,
      brokenAt: null,
      info: info ?? known?.info ?? null,
      infoAt: info === null ? (known?.infoAt ?? null) : now,
      data: data === undefined ? (known?.data ?? null) : data,
      dataAt: data === undefined ? (known?.dataAt ?? null) : now,
    });
  }

  /** A session that made its user a member was removed. `grace`: ms to come back in; 0: they are gone. */
  part(user: string, grace: number, now: number): void {
    const member = this.#loaded(now).get(user);
    if (member === undefined) return;
    const isLast = this.#sessions.membershipsOf(user) === 0;
    if (isLast && grace === 0) return this.#forget(member);
    // Kept as a time so that all graces are of one length: whoever has longer counts as broken later.
    if (isLast) this.#store({ ...member, brokenAt: now + grace - this.#config.PRESENCE_GRACE });
    if (!this.#around.isAlone) this.#around.changed(member, member);
  }

  /** The member says something else of themselves. Null if that is done. */
  update(user: string, data: Json, now: number): Failure | null {
    const { MEMBER_DATA_BYTES } = this.#config;
    if (utf8Length(JSON.stringify(data)) > MEMBER_DATA_BYTES)
      return failure("too_large", `A member's data may be at most ${MEMBER_DATA_BYTES} bytes of JSON.`);
    const member = this.#settled(now).get(user);
    if (member !== undefined) this.#replace(member, { ...member, data, dataAt: now });
    return null;
  }

  /** Takes over what other nodes know better, of a member. Nobody is told. */
  adopt(member: StoredMember): void {
    this.#store(member);
  }

  /** Whether the user is a member, connected or in their grace. */
  has(user: string, now: number): boolean {
    return this.#settled(now).has(user);
  }

  /** All of them, by user. */
  members(now: number): ReadonlyMap<string, StoredMember> {
    return this.#settled(now);
  }

  /** Lets go of those whose grace is over. */
  settle(now: number): void {
    if (this.#members === null) {
      const end = this.nextGraceEnd(now);
      if (end === null || end > now) return;
    }
    const members = this.#loaded(now);
    // Of those whose grace began later than it can have, the clock was put back since: it begins now.
    for (const user of this.#graces.begunAfter(now + this.#mostAhead))
      this.#store({ ...(members.get(user) as StoredMember), brokenAt: now });
    for (const user of this.#graces.begunBy(now - this.#config.PRESENCE_GRACE))
      this.#forget(members.get(user) as StoredMember);
  }

  /** When the first grace ends, ms; null: nobody is in one. */
  nextGraceEnd(now: number): number | null {
    // Not loaded for this: a sweep that finds everyone alive reads no member.
    if (this.#members === null) this.#firstBroken ??= { at: this.#isStored() ? this.#table.firstBroken() : null };
    const first = this.#members === null ? (this.#firstBroken?.at ?? null) : this.#graces.first;
    const { PRESENCE_GRACE } = this.#config;
    return first === null ? null : dueAt(first + PRESENCE_GRACE, PRESENCE_GRACE + this.#mostAhead, now);
  }

  /** Forgets everybody, without a word. */
  clear(): void {
    this.#members = this.#firstBroken = null;
    this.#graces = new Graces();
  }

  /** The same for all of them, those lost in a crash included: whoever looks gets it right. */
  settleAll(now: number): void {
    this.#settled(now);
  }

  /** Before a connection goes: other nodes have been told how things are with it. */
  beforePart(now: number): void {
    if (!this.#around.isAlone) this.#loaded(now);
  }

  #settled(now: number): Map<string, StoredMember> {
    const members = this.#loaded(now);
    this.settle(now);
    return members;
  }

  #loaded(now: number): Map<string, StoredMember> {
    if (this.#members !== null) return this.#members;
    this.#members = new Map();
    if (this.#isStored())
      for (const member of this.#table.load()) {
        // A row without a connection, and without a word of how it ended: the server crashed under it.
        this.#members.set(member.user, member);
        this.#graces.set(member.user, member.brokenAt);
        if (member.brokenAt === null && this.#sessions.membershipsOf(member.user) === 0)
          this.#store({ ...member, brokenAt: Math.min(this.#lostAt, now) });
      }
    this.#around.loaded(this.#members);
    return this.#members;
  }

  /** A member as they are now, in place of what they were before, if anything. */
  #replace(before: StoredMember | undefined, after: StoredMember): void {
    const { isAlone } = this.#around;
    const isNews = before === undefined || !isSame(before, after);
    // Back within the grace: nobody was told of anything. Said again: other nodes may have heard something else since.
    if (isNews || before.brokenAt !== null || !isAlone) this.#store(after);
    if (isNews || !isAlone) this.#around.changed(before, after);
  }

  #store(member: StoredMember): void {
    const { user, brokenAt } = member;
    this.#table.put(member);
    this.#members?.set(user, member);
    this.#graces.set(user, brokenAt);
  }

  #forget(member: StoredMember): void {
    const { user } = member;
    this.#table.remove(user);
    this.#members?.delete(user);
    this.#graces.set(user, null);
    this.#around.changed(member, undefined);
  }
}

function isSame(before: StoredMember, after: StoredMember): boolean {
  return (
    JSON.stringify(before.info) === JSON.stringify(after.info) &&
    JSON.stringify(before.data) === JSON.stringify(after.data)
  );
}
