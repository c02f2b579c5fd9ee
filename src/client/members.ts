/** Who is there: the welcome's members, and every change since. */
import type { Member, PresenceFrame, WelcomeFrame } from "../protocol/frames.ts";

export class Members {
  readonly #byUser = new Map<string, Member>();
  #count: number | null = null;

  /** Null: not asked for, or not known yet. */
  get count(): number | null {
    return this.#count;
  }

  /** By user id. Of a room with more than 100 members those that have changed, and the first 100. */
  list(): Member[] {
    return [...this.#byUser.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  begin(presence: WelcomeFrame["presence"]): void {
    this.#byUser.clear();
    this.#count = presence?.count ?? null;
    for (const member of presence?.members ?? []) this.#byUser.set(member.user, member);
  }

  change({ count, joined = [], updated = [], left = [], ...rest }: PresenceFrame): void {
    // A poll brings them all again: what happened between two polls is told by nobody.
    const { members } = rest as { members?: Member[] };
    if (members !== undefined) this.begin({ count, members });
    this.#count = count;
    for (const member of [...joined, ...updated]) this.#byUser.set(member.user, member);
    for (const { user } of left) this.#byUser.delete(user);
  }
}
