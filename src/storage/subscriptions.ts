/**
 * Which other channels a user's connections follow: what must survive a crash of the user's object, in which their sockets
 * die, so that those channels are told. Where each reader stands is not here, but with its socket.
 */
import { tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

export interface StoredConnection {
  readonly connection: string;
  /** JSON. */
  readonly channels: string;
  /** What its token grants, as JSON; null: that is with the socket. */
  readonly grants: string | null;
  /** How the connection ended, if it is over. `left`: its user is not expected back. */
  readonly over: "left" | "broken" | null;
}

interface ConnectionRow extends Row {
  connection: string;
  channels: string;
  grants: string | null;
  over: "left" | "broken" | null;
}

const SCHEMA = `CREATE TABLE subscriptions (
  connection TEXT PRIMARY KEY,
  channels TEXT NOT NULL,
  grants TEXT,
  over TEXT) WITHOUT ROWID`;

export class SubscriptionTable {
  readonly #sql: Sql;
  #isMade: boolean;

  constructor(sql: Sql, tables = tablesIn(sql)) {
    this.#sql = sql;
    this.#isMade = tables.has("subscriptions");
  }

  load(): StoredConnection[] {
    return this.#isMade
      ? this.#sql.exec<ConnectionRow>("SELECT connection, channels, grants, over FROM subscriptions")
      : [];
  }

  put({ connection, channels, grants, over }: StoredConnection): void {
    if (!this.#isMade) this.#sql.exec(SCHEMA);
    this.#isMade = true;
    this.#sql.exec(
      "INSERT OR REPLACE INTO subscriptions (connection, channels, grants, over) VALUES (?, ?, ?, ?)",
      connection,
      channels,
      grants,
      over,
    );
  }

  remove(connection: string): void {
    if (this.#isMade) this.#sql.exec("DELETE FROM subscriptions WHERE connection = ?", connection);
  }
}
