/**
 * What a node says of its own members to other nodes: what is new since it last said something, by what they come to and
 * not by what happened, so that it may be collected, repeated and lost. Each state has a digest; a report that does not
 * begin where its reader stands is not taken, and everything is said instead. So neither a sleep nor a crash, on any side,
 * needs anything to be written down here. (SPEC MEMBER-3)
 */
import { contentHash } from "./hash.ts";
import type { MemberAt } from "./member-at.ts";

export interface PresenceReport {
  /** The node's own members. */
  readonly count: number;
  /** Of all of them. */
  readonly digest: number;
  /** The digest of those that this comes after; null: it says everything. */
  readonly previous: number | null;
  /** Who has come or is not as before (`previous` null: all); null: they are too many to be named. */
  readonly members: readonly MemberAt[] | null;
  /** Who is gone, of those before. */
  readonly left: readonly string[];
}

/** How many, instead of who. */
export function countOnly(count: number): PresenceReport {
  return { count, previous: null, digest: 0, members: null, left: [] };
}

/** Digests and hashes are below this: the sum of two is still exact as a JavaScript number. */
const MODULUS = 2 ** 52;

export class OwnReport {
  /** The hashes of those that others have been told of; null: not known since a wake. */
  #told: Map<string, number> | null = null;
  #digest = 0;
  /** Who may not be as others have been told. */
  readonly #touched = new Set<string>();
  /** The count that was told, where it is all that is told. */
  #toldCount: number | null = null;

  /** Whether there may be something to say. */
  get isDue(): boolean {
    return this.#touched.size > 0;
  }

  /** This is how things are: before the first change after a wake, and so what others have been told if nothing was lost. */
  begin(members: Iterable<MemberAt>): void {
    if (this.#told !== null) return;
    this.#told = new Map();
    this.#toldCount = null;
    this.#digest = 0;
    for (const member of members) this.#learn(member.user, hashOf(member));
  }

  /** Something about the user is not as before. */
  touch(user: string): void {
    this.#touched.add(user);
  }

  /**
   * What is new; null: nothing.
   * @param of the member as they are now; null: they are none
   */
  news(count: number, of: (user: string) => MemberAt | null): PresenceReport | null {
    const previous = this.#digest;
    const members: MemberAt[] = [];
    const left: string[] = [];
    for (const user of this.#touched) {
      const member = of(user);
      const hash = member === null ? undefined : hashOf(member);
      const before = this.#told?.get(user);
      if (hash === before) continue;
      this.#learn(user, hash);
      if (member === null) left.push(user);
      else members.push(member);
    }
    this.#touched.clear();
    if (members.length === 0 && left.length === 0) return null;
    return { count, previous, digest: this.#digest, members, left };
  }

  /** Which state others should be in by now: nothing new. */
  check(count: number): PresenceReport {
    return { count, previous: this.#digest, digest: this.#digest, members: [], left: [] };
  }

  /** Everything, where `news` was told before. */
  everything(members: readonly MemberAt[]): PresenceReport {
    return { count: members.length, previous: null, digest: this.#digest, members, left: [] };
  }

  /** How many, instead of who; null: as many as were told. What was told of them is forgotten. */
  counted(count: number, isRepeated: boolean): PresenceReport | null {
    this.#told = null;
    this.#touched.clear();
    if (count === this.#toldCount && !isRepeated) return null;
    this.#toldCount = count;
    return countOnly(count);
  }

  #learn(user: string, hash: number | undefined): void {
    const before = this.#told?.get(user);
    this.#digest = (this.#digest + MODULUS - (before ?? 0)) % MODULUS;
    this.#digest = (this.#digest + (hash ?? 0)) % MODULUS;
    if (hash === undefined) this.#told?.delete(user);
    else this.#told?.set(user, hash);
  }
}

function hashOf({ user, since, connections, info, infoAt, data, dataAt }: MemberAt): number {
  return contentHash(user, JSON.stringify([since, connections, info, infoAt, data, dataAt])) % MODULUS;
}
