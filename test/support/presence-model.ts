/** Who is a member, by the words of PRESENCE-1 to PRESENCE-10. */
import type { Member } from "../../src/protocol/frames.ts";
import type { Json } from "../../src/protocol/json.ts";

interface Here {
  since: number;
  data: Json;
  /** Those of the user's connections that make them a member. */
  connections: Set<string>;
  /** When their grace ends; null: they are in none. */
  goneAt: number | null;
}

export class PresenceModel {
  readonly #grace: number;
  readonly #here = new Map<string, Here>();

  constructor(grace: number) {
    this.#grace = grace;
  }

  join(user: string, connection: string, data: Json | undefined, now: number): void {
    this.#settle(now);
    const here = this.#here.get(user) ?? { since: now, data: null, connections: new Set(), goneAt: null };
    if (data !== undefined) here.data = data;
    here.connections.add(connection);
    here.goneAt = null;
    this.#here.set(user, here);
  }

  /** The connection is gone. `left`: without a grace; `grace`: if it is another than that of most. */
  part(user: string, connection: string, left: boolean, now: number, grace = this.#grace): void {
    const here = this.#here.get(user);
    if (!here?.connections.delete(connection) || here.connections.size > 0) return;
    if (left) this.#here.delete(user);
    else here.goneAt = now + grace;
  }

  /** All connections are gone at once. */
  crash(now: number): void {
    for (const [user, { connections }] of this.#here)
      for (const connection of connections) this.part(user, connection, false, now);
  }

  update(user: string, data: Json): void {
    const here = this.#here.get(user);
    if (here !== undefined) here.data = data;
  }

  members(now: number): Member[] {
    this.#settle(now);
    return [...this.#here]
      .map(([user, { data, since, connections }]) => ({ user, data, since, connections: connections.size }))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  #settle(now: number): void {
    for (const [user, { goneAt }] of this.#here) if (goneAt !== null && goneAt <= now) this.#here.delete(user);
  }
}
