/**
 * Who is a member. Kept as rows (so that a crash leaves no ghosts) and, from the first question after a wake, in
 * memory. Everything here is right at any moment: what time has changed is settled before anything is read.
 * (SPEC PRESENCE-1 to PRESENCE-10)
 */
import type { Config } from "../config.ts";
import type { Member, MembersPage } from "../protocol/frames.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { MemberTable, StoredMember } from "../storage/members.ts";
import { dueAt } from "./clock.ts";
import { Graces } from "./graces.ts";
import type { Sessions } from "./sessions.ts";
import { SortedNames } from "./sorted-names.ts";

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

export class Presence {
  readonly #table: MemberTable;
  readonly #sessions: Sessions;
  readonly #config: Config;
  readonly #tell: (change: PresenceChange) => void;
  /** Since when rows without a connection are without one: no later than this. */
  readonly #lostAt: number;
  #members: Map<string, StoredMember> | null = null;
  /** Of `#members`. */
  #graces = new Graces();
  /** The users of `#members`; null: nobody has asked for a page yet. */
  #sorted: SortedNames | null = null;
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
    tell: (change: PresenceChange) => void;
    lostAt: number;
  }) {
    this.#table = parts.table;
    this.#isStored = parts.isStored;
    this.#sessions = parts.sessions;
    this.#config = parts.config;
    this.#tell = parts.tell;
    this.#lostAt = parts.lostAt;
    this.#mostAhead = Math.max(0, parts.config.POLL_GRACE - parts.config.PRESENCE_GRACE);
  }

  /** A session that makes its user a member has been added to the sessions. */
  join({ user, info, data }: Arrival, now: number): void {
    const members = this.#settled(now);
    const before = members.get(user);
    const after: StoredMember = {
      user,
      since: before?.since ?? now,
      brokenAt: null,
      info: info ?? before?.info ?? null,
      data: data === undefined ? (before?.data ?? null) : data,
    };
    if (before === undefined) {
      this.#store(after);
      this.#tell({ kind: "joined", member: this.#view(after) });
    } else if (!isSame(before, after)) {
      this.#store(after);
      this.#tell({ kind: "updated", member: this.#view(after) });
    } else if (before.brokenAt !== null) this.#store(after); // back within the grace: nobody was told of anything
  }

  /** A session that made its user a member was removed. `grace`: ms to come back in; 0: they are gone. */
  part(user: string, grace: number, now: number): void {
    const members = this.#loaded(now);
    const member = members.get(user);
    if (member === undefined || this.#sessions.membershipsOf(user) > 0) return;
    if (grace === 0) this.#forget(user);
    // Kept as a time so that all graces are of one length: whoever has longer counts as broken later.
    else this.#store({ ...member, brokenAt: now + grace - this.#config.PRESENCE_GRACE });
  }

  /** The member says something else of themselves. */
  update(user: string, data: Json, now: number): void {
    const member = this.#settled(now).get(user);
    if (member === undefined) return;
    const after = { ...member, data };
    if (isSame(member, after)) return;
    this.#store(after);
    this.#tell({ kind: "updated", member: this.#view(after) });
  }

  /** Whether the user is a member, connected or in their grace. */
  has(user: string, now: number): boolean {
    return this.#settled(now).has(user);
  }

  count(now: number): number {
    return this.#settled(now).size;
  }

  /** Members by user id, those after `after`. */
  page(limit: number, after: string, now: number): MembersPage {
    const members = this.#settled(now);
    this.#sorted ??= new SortedNames(members.keys());
    const { names, more } = this.#sorted.after(after, limit);
    const page = { count: members.size, members: names.map((user) => this.#view(members.get(user) as StoredMember)) };
    const last = names.at(-1);
    return last !== undefined && more ? { ...page, next: last } : page;
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
    for (const user of this.#graces.begunBy(now - this.#config.PRESENCE_GRACE)) this.#forget(user);
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
    this.#members = this.#firstBroken = this.#sorted = null;
    this.#graces = new Graces();
  }

  /** The same for all of them, those lost in a crash included: whoever looks gets it right. */
  settleAll(now: number): void {
    this.#settled(now);
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
    return this.#members;
  }

  #store(member: StoredMember): void {
    const { user, brokenAt } = member;
    this.#table.put(member);
    if (!this.#members?.has(user)) this.#sorted?.add(user);
    this.#members?.set(user, member);
    this.#graces.set(user, brokenAt);
  }

  #forget(user: string): void {
    this.#table.remove(user);
    this.#members?.delete(user);
    this.#sorted?.remove(user);
    this.#graces.set(user, null);
    this.#tell({ kind: "left", user });
  }

  #view({ user, info, data, since }: StoredMember): Member {
    const connections = this.#sessions.membershipsOf(user);
    return info === null ? { user, data, since, connections } : { user, info, data, since, connections };
  }
}

function isSame(before: StoredMember, after: StoredMember): boolean {
  return (
    JSON.stringify(before.info) === JSON.stringify(after.info) &&
    JSON.stringify(before.data) === JSON.stringify(after.data)
  );
}
