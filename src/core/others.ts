/** What other nodes of a channel say of their members: the room's own object, and its relays. (SPEC MEMBER-1 to MEMBER-7) */
import type { OthersTable, StoredSource } from "../storage/others.ts";
import type { MemberAt } from "./member-at.ts";
import type { PresenceReport } from "./presence-report.ts";

/** What they said of one user, and what they say now. */
export type OthersChanged = (user: string, before: readonly MemberAt[], after: readonly MemberAt[]) => void;

export class Others {
  /** Null: the channel has no other nodes. */
  readonly #table: OthersTable | null;
  /** By name; null: not read yet. */
  #sources: Map<string, StoredSource> | null = null;
  /** By user and source; null: not read yet. */
  #members: Map<string, Map<string, MemberAt>> | null = null;

  constructor(table: OthersTable | null) {
    this.#table = table;
  }

  /** There is no other node. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  get sources(): IterableIterator<StoredSource> {
    return this.#known.values();
  }

  source(name: string): StoredSource | undefined {
    return this.#known.get(name);
  }

  /** How many want to be told, at all of them. */
  get watchers(): number {
    let sum = 0;
    for (const { watchers } of this.sources) sum += watchers;
    return sum;
  }

  /** Whether one of them says only how many its members are. */
  get isCounted(): boolean {
    for (const { isCounted } of this.sources) if (isCounted) return true;
    return false;
  }

  /** The members of those that only count. */
  get counted(): number {
    let sum = 0;
    for (const { isCounted, count } of this.sources) if (isCounted) sum += count;
    return sum;
  }

  /** How many users they know by name. */
  get size(): number {
    return this.#loaded().size;
  }

  get users(): IterableIterator<string> {
    return this.#loaded().keys();
  }

  has(user: string): boolean {
    return !this.isEmpty && this.#loaded().has(user);
  }

  of(user: string): readonly MemberAt[] {
    if (this.isEmpty) return NOBODY;
    const members = this.#loaded().get(user);
    return members === undefined ? NOBODY : [...members.values()];
  }

  /** Those that one of them named. */
  membersOf(source: string): MemberAt[] {
    return [...this.#loaded().values()].flatMap((members) => members.get(source) ?? []);
  }

  /** There is such a node. */
  add(source: string): void {
    if (this.source(source) !== undefined) return this.#set(source, { lostAt: null });
    this.#put({ source, digest: null, count: 0, isCounted: false, watchers: 0, lostAt: null });
  }

  setWatchers(source: string, watchers: number): void {
    this.#set(source, { watchers });
  }

  /** It cannot be reached since then, ms. */
  setLost(source: string, lostAt: number): void {
    if (this.source(source)?.lostAt === null) this.#set(source, { lostAt });
  }

  /** Takes what a node says. False: it does not follow on what is known of it, so it has to say everything. */
  take(source: string, report: PresenceReport, changed: OthersChanged): boolean {
    if (this.source(source) === undefined) this.add(source);
    const { digest } = this.source(source) as StoredSource;
    const { previous, count, members } = report;
    if (members === null) {
      for (const { user } of this.membersOf(source)) this.#remove(source, user, changed);
      this.#set(source, { digest: null, count, isCounted: true });
      return true;
    }
    if (previous !== null && previous !== digest) return report.digest === digest; // then it was heard before
    const left = previous === null ? this.#missingIn(members, source) : report.left;
    for (const user of left) this.#remove(source, user, changed);
    for (const member of members) this.#name(source, member, changed);
    this.#set(source, { digest: report.digest, count, isCounted: false });
    return true;
  }

  /** The node is gone, and its members with it. */
  drop(source: string, changed: OthersChanged): void {
    if (this.source(source) === undefined) return;
    for (const { user } of this.membersOf(source)) this.#remove(source, user, changed);
    this.#known.delete(source);
    this.#table?.removeSource(source);
  }

  /** Forgets everybody they named, without a word; the nodes stay. */
  clear(): void {
    for (const { source } of this.sources) {
      this.#table?.empty(source);
      this.#set(source, { digest: null, count: 0, isCounted: false });
    }
    this.#members = null;
  }

  #missingIn(members: readonly MemberAt[], source: string): string[] {
    const named = new Set(members.map(({ user }) => user));
    return this.membersOf(source).flatMap(({ user }) => (named.has(user) ? [] : [user]));
  }

  #name(source: string, member: MemberAt, changed: OthersChanged): void {
    const { user } = member;
    const before = this.of(user);
    const members = this.#loaded().get(user) ?? new Map<string, MemberAt>();
    this.#loaded().set(user, members.set(source, member));
    this.#table?.put({ source, user, member: JSON.stringify(member) });
    changed(user, before, [...members.values()]);
  }

  #remove(source: string, user: string, changed: OthersChanged): void {
    const members = this.#loaded().get(user);
    if (members?.has(source) !== true) return;
    const before = [...members.values()];
    members.delete(source);
    if (members.size === 0) this.#loaded().delete(user);
    this.#table?.remove(source, user);
    changed(user, before, [...members.values()]);
  }

  get #known(): Map<string, StoredSource> {
    this.#sources ??= new Map(this.#table?.sources().map((source) => [source.source, source]));
    return this.#sources;
  }

  #loaded(): Map<string, Map<string, MemberAt>> {
    if (this.#members !== null) return this.#members;
    this.#members = new Map();
    if (this.isEmpty) return this.#members;
    for (const { source, user, member } of this.#table?.members() ?? []) {
      const members = this.#members.get(user) ?? new Map<string, MemberAt>();
      this.#members.set(user, members.set(source, JSON.parse(member) as MemberAt));
    }
    return this.#members;
  }

  /** Writes only what is not as it was: a row costs. */
  #set(source: string, parts: Partial<StoredSource>): void {
    const before = this.source(source);
    if (before === undefined) return;
    const after = { ...before, ...parts };
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#put(after);
  }

  #put(source: StoredSource): void {
    this.#known.set(source.source, source);
    this.#table?.putSource(source);
  }
}

const NOBODY: readonly MemberAt[] = [];
