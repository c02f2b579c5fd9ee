/** How a relay stands with its room: what must survive its sleep. A table of its own, made when it is first attached. */
import { tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

export interface RelayState {
  /** Its name in the calls; never used again. Null: it has none. */
  readonly subscription: string | null;
  /** Since when the room cannot be reached, ms; null: it can. */
  readonly lostAt: number | null;
  /** Since when it has no connections, ms; null: it has some. */
  readonly emptyAt: number | null;
}

interface RelayRow extends Row {
  subscription: string | null;
  lost_at: number | null;
  empty_at: number | null;
}

const SCHEMA = `CREATE TABLE relay (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  subscription TEXT,
  lost_at INTEGER,
  empty_at INTEGER)`;

export class RelayTable {
  readonly #sql: Sql;
  #isMade: boolean;

  constructor(sql: Sql, tables = tablesIn(sql)) {
    this.#sql = sql;
    this.#isMade = tables.has("relay");
  }

  load(): RelayState {
    const select = "SELECT subscription, lost_at, empty_at FROM relay";
    const row = this.#isMade ? this.#sql.exec<RelayRow>(select)[0] : undefined;
    return {
      subscription: row?.subscription ?? null,
      lostAt: row?.lost_at ?? null,
      emptyAt: row?.empty_at ?? null,
    };
  }

  put({ subscription, lostAt, emptyAt }: RelayState): void {
    if (!this.#isMade) this.#sql.exec(SCHEMA);
    this.#isMade = true;
    this.#sql.exec(
      "INSERT OR REPLACE INTO relay (only, subscription, lost_at, empty_at) VALUES (1, ?, ?, ?)",
      subscription,
      lostAt,
      emptyAt,
    );
  }

  /** All tables of the object are gone. */
  wiped(): void {
    this.#isMade = false;
  }
}
