import type { Member, PresenceFrame, WelcomeFrame } from "../../src/protocol/frames.ts";

/** What a client with `presence=members` knows: the welcome's list, into which it folds what it is told. */
export class PresenceView {
  readonly #members = new Map<string, Omit<Member, "connections">>();
  readonly #self: string | null;
  count: number;

  /** @param self the user that this very connection makes a member; null: it does not */
  constructor({ presence }: WelcomeFrame, self: string | null) {
    this.#self = self;
    this.count = presence?.count ?? 0;
    for (const member of presence?.members ?? []) this.#put(member);
  }

  /** Throws if the change cannot be, given what is known. */
  fold({ count, joined = [], left = [], updated = [] }: PresenceFrame): void {
    for (const member of joined) {
      if (member.user === this.#self) throw new Error(`${member.user} was told their own join`);
      if (this.#members.has(member.user)) throw new Error(`${member.user} joined, but was there`);
      this.#put(member);
    }
    for (const member of updated) {
      if (!this.#members.has(member.user)) throw new Error(`${member.user} changed, but was not there`);
      this.#put(member);
    }
    for (const { user } of left) if (!this.#members.delete(user)) throw new Error(`${user} left, but was not there`);
    this.count = count;
  }

  /** The members by user id, without their connections, of which a change alone is not told. */
  get members(): Omit<Member, "connections">[] {
    return [...this.#members.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  #put({ connections, ...member }: Member): void {
    this.#members.set(member.user, member);
  }
}
