/** Who is connected: kept by connection and by user, so that nothing has to be searched for. */
import type { Session } from "./session.ts";

export class Sessions implements Iterable<Session> {
  readonly #all = new Map<string, Session>();
  readonly #byUser = new Map<string, Set<Session>>();
  #watchers = 0;
  #memberships = 0;

  get size(): number {
    return this.#all.size;
  }

  /** How many want to be told of presence. */
  get watchers(): number {
    return this.#watchers;
  }

  /** How many make their user a member. */
  get memberships(): number {
    return this.#memberships;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#all.values();
  }

  add(session: Session): void {
    this.#all.set(session.connection, session);
    const { user } = session.identity;
    const others = this.#byUser.get(user);
    if (others === undefined) this.#byUser.set(user, new Set([session]));
    else others.add(session);
    if (session.presence !== "none") this.#watchers++;
    if (session.member) this.#memberships++;
  }

  /** False if it was gone already. */
  remove(session: Session): boolean {
    if (!this.has(session)) return false; // another may go by its name by now
    this.#all.delete(session.connection);
    const { user } = session.identity;
    const others = this.#byUser.get(user);
    others?.delete(session);
    if (others?.size === 0) this.#byUser.delete(user);
    if (session.presence !== "none") this.#watchers--;
    if (session.member) this.#memberships--;
    return true;
  }

  has(session: Session): boolean {
    return this.#all.get(session.connection) === session;
  }

  ofUser(user: string): ReadonlySet<Session> {
    return this.#byUser.get(user) ?? NONE;
  }

  /** Whether the user has a connection that is held here, not by their own object. */
  isHere(user: string): boolean {
    for (const { subscriber } of this.ofUser(user)) if (subscriber.isRemote !== true) return true;
    return false;
  }

  /** How many of the user's connections make them a member. */
  membershipsOf(user: string): number {
    let count = 0;
    for (const session of this.ofUser(user)) if (session.member) count++;
    return count;
  }

  /** The user's own connection of that name; null if there is none. */
  find(connection: string, user: string): Session | null {
    const session = this.#all.get(connection);
    return session !== undefined && session.identity.user === user ? session : null;
  }

  /** When the first token ends, ms; null: none does. */
  firstExpiry(): number | null {
    let first: number | null = null;
    for (const { identity } of this)
      if (identity.expires !== null && (first === null || identity.expires < first)) first = identity.expires;
    return first;
  }
}

const NONE: ReadonlySet<Session> = new Set();
