import { expect, test } from "vitest";
import { MemberTable, type StoredMember } from "../../../src/storage/members.ts";
import { createSchema } from "../../../src/storage/schema.ts";
import { MemorySql } from "../../support/sqlite.ts";

function openTable() {
  const sql = new MemorySql();
  createSchema(sql, "epoch001", 0);
  const table = new MemberTable(sql);
  const cost = (work: () => void) => {
    const before = sql.rowsWritten;
    work();
    return sql.rowsWritten - before;
  };
  return { sql, table, cost };
}

const member = (user: string, parts: Partial<StoredMember> = {}): StoredMember => {
  return { user, since: 5, brokenAt: null, info: null, infoAt: null, data: null, dataAt: null, ...parts };
};

test("PRESENCE-8 members are kept as they are, also for another life", () => {
  const { sql, table } = openTable();
  const all = [
    member("alice"),
    member("bob", { brokenAt: 7, info: { name: "Bob" }, infoAt: 6, data: { a: ["é\ud800"] }, dataAt: 2 ** 53 - 1 }),
    member("Bob", { data: 0 }),
    member("__proto__", { data: false }),
  ];
  for (const one of all) table.put(one);
  const sorted = (members: StoredMember[]) => members.sort((a, b) => (a.user < b.user ? -1 : 1));
  expect(sorted(table.load())).toStrictEqual(sorted(all));
  expect(sorted(new MemberTable(sql).load())).toStrictEqual(sorted(all));
});

test("PRESENCE-10 the last that is put counts", () => {
  const { table } = openTable();
  table.put(member("bob", { data: 1, brokenAt: 3 }));
  table.put(member("bob", { data: 2 }));
  expect(table.load()).toStrictEqual([member("bob", { data: 2 })]);
});

test("PRESENCE-5 who is removed is gone, and removing nobody is no fault", () => {
  const { table } = openTable();
  table.put(member("bob"));
  table.remove("alice");
  table.remove("bob");
  expect(table.load()).toEqual([]);
});

test("PRESENCE-6 the first of those in their grace is found", () => {
  const { table } = openTable();
  expect(table.firstBroken()).toBeNull();
  table.put(member("alice"));
  expect(table.firstBroken()).toBeNull();
  table.put(member("bob", { brokenAt: 9 }));
  table.put(member("carol", { brokenAt: 4 }));
  expect(table.firstBroken()).toBe(4);
  table.put(member("carol"));
  expect(table.firstBroken()).toBe(9);
  table.remove("bob");
  expect(table.firstBroken()).toBeNull();
});

test("PRESENCE-8 a join, a change and a leave are one row each", () => {
  const { table, cost } = openTable();
  expect(cost(() => table.put(member("bob")))).toBe(1);
  expect(cost(() => table.put(member("bob", { data: 1 })))).toBe(1);
  expect(cost(() => table.put(member("bob", { brokenAt: 1 })))).toBe(1);
  expect(cost(() => table.remove("bob"))).toBe(1);
});
