import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import { MemberTable } from "../../../src/storage/members.ts";
import { createSchema, hasSchema, migrate, tablesIn } from "../../../src/storage/schema.ts";
import { MemorySql } from "../../support/sqlite.ts";

const RETENTION = { messages: 10, age: 1e9, bytes: 1e9 };

function columnsOf(sql: MemorySql): Record<string, string[]> {
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const columns = (table: string) => sql.exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table);
  return Object.fromEntries(tables.map(({ name }) => [name, columns(name).map((column) => column.name)]));
}

test("CURSOR-2 the tables are made once, with the epoch", () => {
  const sql = new MemorySql();
  expect(hasSchema(tablesIn(sql))).toBe(false);
  createSchema(sql, "epoch001", 1000);
  expect(hasSchema(tablesIn(sql))).toBe(true);
  expect(sql.exec("SELECT * FROM meta")).toEqual([
    { only: 1, version: 2, epoch: "epoch001", head: 0, head_at: 1000, head_bytes: 0 },
  ]);
});

test("RESUME-2 the tables of version 2 are those that deployed rooms have: change them by a migration only", () => {
  const sql = new MemorySql();
  createSchema(sql, "epoch001", 1000);
  expect(columnsOf(sql)).toEqual({
    log: ["first_seq", "count", "first_at", "last_at", "bytes_before", "bytes", "entries", "body"],
    members: ["user", "since", "broken_at", "info", "data", "info_at", "data_at"],
    meta: ["only", "version", "epoch", "head", "head_at", "head_bytes"],
  });
});

test("RESUME-2 a database that is up to date is not written to", () => {
  const sql = new MemorySql();
  createSchema(sql, "epoch001", 1000);
  const before = sql.rowsWritten;
  migrate(sql, 2);
  expect(sql.rowsWritten).toBe(before);
});

test("PRESENCE-8 members of version 1 are members of version 2: nobody knows when they said what", () => {
  const sql = new MemorySql();
  createSchema(sql, "epoch001", 1000);
  for (const column of ["info_at", "data_at"]) sql.exec(`ALTER TABLE members DROP COLUMN ${column}`);
  sql.exec("UPDATE meta SET version = 1");
  sql.exec("INSERT INTO members (user, since, info, data) VALUES ('bob', 5, NULL, '1')");
  new Log(sql, RETENTION, () => "epoch002");
  const bob = { user: "bob", since: 5, brokenAt: null, info: null, infoAt: null, data: 1, dataAt: null };
  expect(new MemberTable(sql).load()).toEqual([bob]);
  expect(sql.exec("SELECT version FROM meta")).toEqual([{ version: 2 }]);
});

test("RESUME-2 a database of a newer version keeps its version: a rollback must not run its migrations again", () => {
  const sql = new MemorySql();
  createSchema(sql, "epoch001", 1000);
  sql.exec("UPDATE meta SET version = 3");
  try {
    new Log(sql, RETENTION, () => "epoch002");
  } catch {
    // To refuse it would be right too.
  }
  expect(sql.exec("SELECT version FROM meta")).toEqual([{ version: 3 }]);
});

test("MSG-3 a first use that fails leaves no half of a schema", () => {
  for (let statements = 0; statements < 7; statements++) {
    const sql = new MemorySql();
    const log = new Log(sql, RETENTION, () => "epoch001");
    sql.failAfter(statements);
    expect(() => log.open(1000)).toThrow("");
    sql.failAfter(null);
    expect(columnsOf(sql)).toEqual({});
    expect(new Log(sql, RETENTION, () => "epoch002").open(2000)).toEqual({ epoch: "epoch002", seq: 0, at: 2000 });
  }
});
