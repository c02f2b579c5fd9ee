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
  #byUser: ReadonlyMap<string, Member> = new Map();
  /** By user id; the same list until somebody changes. Of more than 100 the first, and those that changed since. */
  list: readonly Member[] = [];
  /** Null: not asked for, or not known yet. */
  count: number | null = null;

  /** What is different from what was known; null: nothing. */
  change({ count, members, next, joined = [], updated = [], left = [] }: PresenceNews): PresenceChange | null {
    const before = this.#byUser;
    // A list says of nobody behind its end whether they are there.
    const stay = members === undefined ? before : [...before].filter(([user]) => next !== undefined && user > next);
    const after = new Map(stay);
    for (const member of [...(members ?? []), ...joined, ...updated]) after.set(member.user, member);
    for (const { user } of left) after.delete(user);

    const all = [...after.values()];
    const change = {
      count,
      joined: all.filter(({ user }) => !before.has(user)),
      left: [...before.values()].filter(({ user }) => !after.has(user)),
      updated: all.filter((member) => isOther(member, before.get(member.user))),
    };
    const isChanged = change.joined.length + change.left.length + change.updated.length > 0;
    if (!isChanged && count === this.count) return null;
    if (isChanged) this.list = all.sort((a, b) => (a.user < b.user ? -1 : 1));
    this.#byUser = after;
    this.count = count;
    return change;
  }
}

function isOther(member: Member, before: Member | undefined): boolean {
  return before !== undefined && before !== member && JSON.stringify(before) !== JSON.stringify(member);
}
