/**
 * The tables of a channel. Made by the first write, never by the constructor: a channel about which somebody only
 * asked, or was refused, leaves nothing behind.
 */
import type { Sql } from "./sql.ts";

/**
 * What brings a database from one version to the next. Only ever append. Rows written are what a user pays for, and an
 * AUTOINCREMENT, a TEXT key on a rowid table or an index would each double them.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // One row: which life of the log this is, and where it stood when retention took its last row.
    `CREATE TABLE meta (
       only INTEGER PRIMARY KEY CHECK (only = 1),
       version INTEGER NOT NULL,
       epoch TEXT NOT NULL,
       head INTEGER NOT NULL,
       head_at INTEGER NOT NULL,
       head_bytes INTEGER NOT NULL)`,
    // Many messages a row. The body comes last: a scan of the columns before it does not read its pages.
    `CREATE TABLE log (
       first_seq INTEGER PRIMARY KEY,
       count INTEGER NOT NULL,
       first_at INTEGER NOT NULL,
       last_at INTEGER NOT NULL,
       bytes_before INTEGER NOT NULL,
       bytes INTEGER NOT NULL,
       entries TEXT NOT NULL,
       body TEXT NOT NULL)`,
    `CREATE TABLE members (
       user TEXT PRIMARY KEY,
       since INTEGER NOT NULL,
       broken_at INTEGER,
       info TEXT,
       data TEXT NOT NULL) WITHOUT ROWID`,
    // Holds only those in their grace, so that joins and leaves do not pay for it and a sweep finds them in one read.
    "CREATE INDEX broken ON members (broken_at) WHERE broken_at IS NOT NULL",
  ],
  // When a member's info and data were said: of two nodes of a room the later word counts.
  ["ALTER TABLE members ADD COLUMN info_at INTEGER", "ALTER TABLE members ADD COLUMN data_at INTEGER"],
];

/** The tables that there are. Looking for one costs as much as looking for all: every wake does it once. */
export function tablesIn(sql: Sql): ReadonlySet<string> {
  return new Set(sql.exec<{ name: string }>("SELECT name FROM sqlite_master").map(({ name }) => name));
}

/** Whether the channel has ever been written to. */
export function hasSchema(tables: ReadonlySet<string>): boolean {
  return tables.has("meta");
}

/** Makes the tables and the first epoch, in the caller's transaction. */
export function createSchema(sql: Sql, epoch: string, now: number): void {
  for (const step of MIGRATIONS) for (const statement of step) sql.exec(statement);
  sql.exec(
    "INSERT INTO meta (only, version, epoch, head, head_at, head_bytes) VALUES (1, ?, ?, 0, ?, 0)",
    MIGRATIONS.length,
    epoch,
    now,
  );
}

/** Removes everything, in the caller's transaction. */
export function dropSchema(sql: Sql): void {
  for (const table of ["log", "members", "meta"]) sql.exec(`DROP TABLE ${table}`);
}

/** Brings tables of an older version up to date. Those of a newer one are left as they are: a deploy was taken back. */
export function migrate(sql: Sql, version: number): void {
  if (version >= MIGRATIONS.length) return;
  sql.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) for (const statement of step) sql.exec(statement);
    sql.exec("UPDATE meta SET version = ?", MIGRATIONS.length);
  });
}
