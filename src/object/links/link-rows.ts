/** What of links survives the channel's sleep and its crash: a row each, written only if it is not as it was. */
import type { Session } from "../../core/session.ts";
import type { LinkTables } from "../../storage/links.ts";
import type { Ending, Link } from "./link.ts";
import { type Saved, savedEndings, savedSessions, saveEndings, saveSessions } from "./linked-session.ts";

export interface StoredPeer {
  readonly peer: string;
  readonly known: readonly Saved[];
  /** Subscriptions of another version. */
  readonly unknown: readonly string[];
  readonly ended: readonly (readonly [subscription: string, Ending])[];
}

export class LinkRows {
  readonly #tables: LinkTables;
  /** By peer, as text. */
  readonly #stored = new Map<string, string>();

  constructor(tables: LinkTables) {
    this.#tables = tables;
  }

  load(): StoredPeer[] {
    return this.#tables.load().map(({ user: peer, sessions, ended }) => {
      this.#stored.set(peer, sessions + ended);
      return { peer, ...savedSessions(sessions), ended: savedEndings(ended) };
    });
  }

  store({ peer, ended }: Link, sessions: ReadonlyMap<string, Session>): void {
    const isGone = sessions.size === 0 && ended.size === 0;
    const row = { user: peer, sessions: saveSessions(sessions), ended: saveEndings(ended) };
    const text = isGone ? undefined : row.sessions + row.ended;
    if (this.#stored.get(peer) === text) return;
    if (text === undefined) {
      this.#stored.delete(peer);
      this.#tables.remove(peer);
    } else {
      this.#stored.set(peer, text);
      this.#tables.put(row);
    }
  }
}
