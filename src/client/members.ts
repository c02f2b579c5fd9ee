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

export interface Members {
  /** By user id; the same list until somebody changes. Of more than 100 the first, and those that changed since. */
  list: readonly Member[];
  /** Null: not asked for, or not known yet. */
  count: number | null;
}

export const NOBODY: Members = { list: [], count: null };

/** Who is there now, and what is different from before; null: nothing. */
export function membersAfter(
  before: Members,
  { count, members, next, joined = [], updated = [], left = [] }: PresenceNews,
): { readonly members: Members; readonly change: PresenceChange } | null {
  const known = byUser(before.list);
  // A list says of nobody behind its end whether they are there.
  const stay = members ? before.list.filter(({ user }) => next !== undefined && user > next) : before.list;
  const now = byUser([...stay, ...(members ?? []), ...joined, ...updated]);
  for (const { user } of left) now.delete(user);
  const list = [...now.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
  const change = {
    count,
    joined: list.filter(({ user }) => !known.has(user)),
    left: before.list.filter(({ user }) => !now.has(user)),
    updated: list.filter((member) => isOther(member, known.get(member.user))),
  };
  const isSame = change.joined.length + change.left.length + change.updated.length === 0;
  if (isSame && count === before.count) return null;
  return { members: { count, list: isSame ? before.list : list }, change };
}

function byUser(members: readonly Member[]): Map<string, Member> {
  return new Map(members.map((member) => [member.user, member]));
}

function isOther(member: Member, before = member): boolean {
  return member !== before && JSON.stringify(member) !== JSON.stringify(before);
}
