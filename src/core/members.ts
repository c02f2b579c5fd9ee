/**
 * The members of a channel as it shows them: this node's own, together with what its other nodes say of theirs. A channel
 * without other nodes has only its own, and does nothing else for them. (SPEC MEMBER-1 to MEMBER-6)
 */
import type { Config } from "../config.ts";
import type { MembersPage } from "../protocol/frames.ts";
import type { Log } from "../storage/log.ts";
import type { MemberTable, StoredMember } from "../storage/members.ts";
import type { OthersTable } from "../storage/others.ts";
import { changeBetween, type MemberAt, shown, together } from "./member-at.ts";
import { Others } from "./others.ts";
import { type Around, Presence } from "./presence.ts";
import { PresenceFeed } from "./presence-feed.ts";
import { OwnReport, type PresenceReport } from "./presence-report.ts";
import type { Sessions } from "./sessions.ts";
import { SortedNames } from "./sorted-names.ts";

export class Members implements Around {
  /** Those by a connection to this node. */
  readonly own: Presence;
  readonly others: Others;
  /** What watchers are told. */
  readonly feed: PresenceFeed;
  /** What other nodes are told of this one's own. */
  report = new OwnReport();
  readonly #sessions: Sessions;
  /** All users; null: nobody has asked for a page yet. */
  #sorted: SortedNames | null = null;
  /** How many of this node's own other nodes know too; null: not counted yet. */
  #inBoth: number | null = null;

  constructor(parts: {
    members: MemberTable;
    others?: OthersTable | undefined;
    log: Log;
    sessions: Sessions;
    config: Config;
    lostAt: number;
  }) {
    const isStored = () => parts.log.head !== null;
    this.own = new Presence({ ...parts, table: parts.members, isStored, around: this });
    this.others = new Others(parts.others ?? null);
    this.feed = new PresenceFeed(parts.sessions, parts.config.PRESENCE_COLLECT_ABOVE);
    this.#sessions = parts.sessions;
  }

  get isAlone(): boolean {
    return this.others.isEmpty;
  }

  of(user: string): readonly MemberAt[] {
    return this.others.of(user);
  }

  /** Tells watchers what waits to be told. */
  flush(now: number): void {
    this.feed.flush(this.count(now), this.others.isCounted);
  }

  count(now: number): number {
    const members = this.own.members(now);
    if (this.isAlone) return members.size;
    return members.size + this.others.size - this.#known(members) + this.others.counted;
  }

  /** Members by user id, those after `after`; of other nodes those that they name. */
  page(limit: number, after: string, now: number): MembersPage {
    const members = this.own.members(now);
    this.#sorted ??= new SortedNames(new Set([...members.keys(), ...this.others.users]));
    const { names, more } = this.#sorted.after(after, limit);
    const page = {
      count: this.count(now),
      members: names.map((user) => shown(this.#merged(user, members.get(user)) as MemberAt)),
    };
    const last = names.at(-1);
    return last !== undefined && more ? { ...page, next: last } : page;
  }

  /** This node's own after the user id `after`, by user id. */
  ownPage(limit: number, after: string, now: number): MemberAt[] {
    const members = this.own.members(now);
    const users = [...members.keys()].filter((user) => user > after).sort();
    return users.slice(0, limit).map((user) => this.#at(members.get(user) as StoredMember));
  }

  ownCount(now: number): number {
    return this.own.members(now).size;
  }

  /** What of this node's own is new to the other nodes; null: nothing. */
  news(now: number): PresenceReport | null {
    const members = this.own.members(now);
    this.loaded(members);
    return this.report.news(members.size, (user) => {
      const member = members.get(user);
      return member === undefined ? null : this.#at(member);
    });
  }

  /** There is another node, or it is there again. */
  attach(source: string): void {
    if (this.isAlone) this.report = new OwnReport(); // while it was alone nobody kept count of what is new
    this.others.add(source);
  }

  /** Takes what another node says of its members. False: it has to say everything. */
  take(source: string, report: PresenceReport, now: number): boolean {
    const members = this.own.members(now);
    const { counted } = this.others;
    const isTaken = this.others.take(source, report, (...changed) => this.#othersChanged(members, ...changed));
    if (this.others.counted !== counted) this.feed.countChanged();
    return isTaken;
  }

  /** Another node is gone, and its members with it. */
  drop(source: string, now: number): void {
    const members = this.own.members(now);
    const { counted } = this.others;
    this.others.drop(source, (...changed) => this.#othersChanged(members, ...changed));
    if (this.others.counted !== counted) this.feed.countChanged();
  }

  /** Forgets everybody, without a word. */
  clear(): void {
    this.own.clear();
    this.others.clear();
    this.#sorted = this.#inBoth = null;
  }

  // ---- changes of this node's own

  loaded(members: ReadonlyMap<string, StoredMember>): void {
    if (!this.isAlone) this.report.begin([...members.values()].map((member) => this.#at(member)));
  }

  changed(before: StoredMember | undefined, after: StoredMember | undefined): void {
    const { user } = (after ?? before) as StoredMember;
    if (before === undefined || after === undefined) this.#cameOrWent(user, after !== undefined);
    if (!this.isAlone) this.report.touch(user);
    const change = changeBetween(this.#merged(user, before), this.#merged(user, after));
    if (change !== null) this.feed.add(change);
  }

  #cameOrWent(user: string, came: boolean): void {
    if (this.others.has(user)) {
      if (this.#inBoth !== null) this.#inBoth += came ? 1 : -1;
    } else if (came) this.#sorted?.add(user);
    else this.#sorted?.remove(user);
  }

  // ---- changes of the others

  #othersChanged(
    members: ReadonlyMap<string, StoredMember>,
    user: string,
    before: readonly MemberAt[],
    after: readonly MemberAt[],
  ): void {
    const member = members.get(user);
    if (member !== undefined) {
      if (this.#inBoth !== null) this.#inBoth += Number(after.length > 0) - Number(before.length > 0);
    } else if (before.length === 0) this.#sorted?.add(user);
    else if (after.length === 0) this.#sorted?.remove(user);
    const own = member === undefined ? [] : [this.#at(member)];
    const is = together([...own, ...after]);
    const change = changeBetween(together([...own, ...before]), is);
    if (change !== null) this.feed.add(change);
    // What a user says belongs to them: it is not to be gone with the node that heard it.
    if (member !== undefined && is !== null) this.#adopt(member, is);
  }

  #adopt(member: StoredMember, { since, info, infoAt, data, dataAt }: MemberAt): void {
    const after = { ...member, since, info, infoAt, data, dataAt };
    if (JSON.stringify(after) === JSON.stringify(member)) return;
    this.own.adopt(after);
    this.report.touch(member.user);
  }

  #known(members: ReadonlyMap<string, StoredMember>): number {
    if (this.#inBoth !== null) return this.#inBoth;
    this.#inBoth = 0;
    for (const user of this.others.users) if (members.has(user)) this.#inBoth++;
    return this.#inBoth;
  }

  /** As this node and all others together know the user. */
  #merged(user: string, own: StoredMember | undefined): MemberAt | null {
    const others = this.others.of(user);
    return together(own === undefined ? others : [this.#at(own), ...others]);
  }

  #at({ user, since, info, infoAt, data, dataAt }: StoredMember): MemberAt {
    const connections = this.#sessions.membershipsOf(user);
    return { user, since, connections, info, infoAt, data, dataAt };
  }
}
