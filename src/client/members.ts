/** Who is there: the welcome's members, and every change since. */
import type { Member, PresenceFrame } from "../protocol/frames.ts";

export interface PresenceChange {
  readonly count: number;
  readonly joined: readonly Member[];
  readonly left: readonly { readonly user: string }[];
  readonly updated: readonly Member[];
}

/** All that are there; or the first of them by user id, if there is a `next`. */
interface Snapshot {
  readonly count: number;
  readonly members?: readonly Member[] | undefined;
  readonly next?: string | undefined;
}

/** A welcome's, or a frame's; of a long poll's answer both: who was there at its start, and what happened then. */
export type PresenceNews = Snapshot & Partial<Pick<PresenceFrame, "joined" | "left" | "updated">>;

export class Members {
  readonly #byUser = new Map<string, Member>();
  #list: readonly Member[] | null = null;
  #count: number | null = null;

  /** Null: not asked for, or not known yet. */
  get count(): number | null {
    return this.#count;
  }

  /** By user id; the same list until somebody changes. Of more than 100 the first, and those that changed since. */
  get list(): readonly Member[] {
    this.#list ??= [...this.#byUser.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
    return this.#list;
  }

  /** What is different from what was known; null: nothing. */
  change({ count, joined = [], updated = [], left = [], members, next }: PresenceNews): PresenceChange | null {
    const before = new Map(this.#byUser);
    const last = this.#count;
    if (members !== undefined) this.#begin(members, next);
    this.#count = count;
    for (const member of [...joined, ...updated]) this.#byUser.set(member.user, member);
    for (const { user } of left) this.#byUser.delete(user);

    const after = [...this.#byUser.values()];
    const change = {
      count,
      joined: after.filter(({ user }) => !before.has(user)),
      left: [...before.values()].filter(({ user }) => !this.#byUser.has(user)),
      updated: after.filter((member) => before.has(member.user) && !isSame(member, before.get(member.user))),
    };
    const isChanged = change.joined.length + change.left.length + change.updated.length > 0;
    if (isChanged) this.#list = null;
    return isChanged || count !== last ? change : null;
  }

  /** A list says of nobody behind its end whether they are there. */
  #begin(members: readonly Member[], end: string | undefined): void {
    for (const user of [...this.#byUser.keys()]) if (end === undefined || user <= end) this.#byUser.delete(user);
    for (const member of members) this.#byUser.set(member.user, member);
  }
}

function isSame(a: Member, b: Member | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
