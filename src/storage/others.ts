/**
 * What other nodes of a channel say of their members, as it has been told to whoever watches here: in rows, because an
 * object falls asleep within seconds, and would else ask all others for everything with every wake. Tables of their own,
 * made when the first other node is heard of. (SPEC MEMBER-3)
 */
import { tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

export interface StoredSource {
  /** The name of a relay; empty: the room. */
  readonly source: string;
  /** Which of its states this is; null: none, nothing has been heard of its members. */
  readonly digest: number | null;
  /** Its members. */
  readonly count: number;
  /** Whether it says how many they are, and no more. */
  readonly isCounted: boolean;
  /** How many want to be told, there and beyond. */
  readonly watchers: number;
  /** Since when it cannot be reached, ms; null: it can. */
  readonly lostAt: number | null;
}

export interface StoredOther {
  readonly source: string;
  readonly user: string;
  /** JSON. */
  readonly member: string;
}

interface SourceRow extends Row {
  source: string;
  digest: number | null;
  count: number;
  counted: number;
  watchers: number;
  lost_at: number | null;
}
interface OtherRow extends Row {
  source: string;
  user: string;
  member: string;
}

const SCHEMA = [
  `CREATE TABLE sources (
     source TEXT PRIMARY KEY,
     digest INTEGER,
     count INTEGER NOT NULL,
     counted INTEGER NOT NULL,
     watchers INTEGER NOT NULL,
     lost_at INTEGER) WITHOUT ROWID`,
  `CREATE TABLE others (
     source TEXT NOT NULL,
     user TEXT NOT NULL,
     member TEXT NOT NULL,
     PRIMARY KEY (source, user)) WITHOUT ROWID`,
];

export class OthersTable {
  readonly #sql: Sql;
  #isMade: boolean;

  constructor(sql: Sql, tables = tablesIn(sql)) {
    this.#sql = sql;
    this.#isMade = tables.has("sources");
  }

  /** Everything in the storage was deleted. */
  wiped(): void {
    this.#isMade = false;
  }

  sources(): StoredSource[] {
    if (!this.#isMade) return [];
    return this.#sql
      .exec<SourceRow>("SELECT source, digest, count, counted, watchers, lost_at FROM sources")
      .map(({ source, digest, count, counted, watchers, lost_at }) => ({
        source,
        digest,
        count,
        isCounted: counted === 1,
        watchers,
        lostAt: lost_at,
      }));
  }

  members(): StoredOther[] {
    return this.#isMade ? this.#sql.exec<OtherRow>("SELECT source, user, member FROM others") : [];
  }

  putSource({ source, digest, count, isCounted, watchers, lostAt }: StoredSource): void {
    this.#make();
    this.#sql.exec(
      "INSERT OR REPLACE INTO sources (source, digest, count, counted, watchers, lost_at) VALUES (?, ?, ?, ?, ?, ?)",
      source,
      digest,
      count,
      isCounted ? 1 : 0,
      watchers,
      lostAt,
    );
  }

  /** Of a source that is stored. */
  put({ source, user, member }: StoredOther): void {
    this.#sql.exec("INSERT OR REPLACE INTO others (source, user, member) VALUES (?, ?, ?)", source, user, member);
  }

  remove(source: string, user: string): void {
    this.#sql.exec("DELETE FROM others WHERE source = ? AND user = ?", source, user);
  }

  /** All members of a source. */
  empty(source: string): void {
    if (this.#isMade) this.#sql.exec("DELETE FROM others WHERE source = ?", source);
  }

  removeSource(source: string): void {
    if (this.#isMade) this.#sql.exec("DELETE FROM sources WHERE source = ?", source);
  }

  #make(): void {
    if (this.#isMade) return;
    this.#sql.transaction(() => {
      for (const statement of SCHEMA) this.#sql.exec(statement);
    });
    this.#isMade = true;
  }
}
