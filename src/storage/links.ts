/**
 * Who follows a channel through their own object, and what those objects have been told: what must survive the channel's
 * sleep and its crash. Tables of their own, made by the first link, because erasing the channel must not lose what is still
 * to be told.
 */
import { tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

export interface StoredLink {
  readonly user: string;
  /** JSON. */
  readonly sessions: string;
  /** Subscriptions that are over and of which the user's object does not know yet; JSON. */
  readonly ended: string;
}

/** Up to where all links had everything, when that was last written down. */
export interface ToldState {
  readonly epoch: string;
  readonly head: number;
  /** Of the members, where somebody watches them through a link. */
  readonly members: number;
  readonly isWatched: boolean;
}

interface LinkRow extends Row {
  user: string;
  sessions: string;
  ended: string;
}
interface ToldRow extends Row {
  epoch: string;
  head: number;
  members: number;
  watched: number;
}

const SCHEMA = [
  "CREATE TABLE links (user TEXT PRIMARY KEY, sessions TEXT NOT NULL, ended TEXT NOT NULL) WITHOUT ROWID",
  `CREATE TABLE told (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     epoch TEXT NOT NULL,
     head INTEGER NOT NULL,
     members INTEGER NOT NULL,
     watched INTEGER NOT NULL)`,
];

export class LinkTables {
  readonly #sql: Sql;
  #isMade: boolean;

  constructor(sql: Sql, tables = tablesIn(sql)) {
    this.#sql = sql;
    this.#isMade = tables.has("links");
  }

  load(): StoredLink[] {
    return this.#isMade ? this.#sql.exec<LinkRow>("SELECT user, sessions, ended FROM links") : [];
  }

  put({ user, sessions, ended }: StoredLink): void {
    this.#make();
    this.#sql.exec("INSERT OR REPLACE INTO links (user, sessions, ended) VALUES (?, ?, ?)", user, sessions, ended);
  }

  remove(user: string): void {
    if (this.#isMade) this.#sql.exec("DELETE FROM links WHERE user = ?", user);
  }

  /** Null: never. */
  told(): ToldState | null {
    if (!this.#isMade) return null;
    const row = this.#sql.exec<ToldRow>("SELECT epoch, head, members, watched FROM told")[0];
    return row === undefined
      ? null
      : { epoch: row.epoch, head: row.head, members: row.members, isWatched: row.watched === 1 };
  }

  tell({ epoch, head, members, isWatched }: ToldState): void {
    this.#make();
    this.#sql.exec(
      "INSERT OR REPLACE INTO told (only, epoch, head, members, watched) VALUES (1, ?, ?, ?, ?)",
      epoch,
      head,
      members,
      isWatched ? 1 : 0,
    );
  }

  #make(): void {
    if (this.#isMade) return;
    this.#sql.transaction(() => {
      for (const statement of SCHEMA) this.#sql.exec(statement);
    });
    this.#isMade = true;
  }
}
