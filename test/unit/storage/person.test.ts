import { expect, test } from "vitest";
import { PersonTables, type Place } from "../../../src/storage/person.ts";
import { createSchema, dropSchema } from "../../../src/storage/schema.ts";
import { DiskFailure, MemorySql } from "../../support/sqlite.ts";

const tablesIn = (sql: MemorySql) =>
  sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map(({ name }) => name);

/** Everything that is known. */
const known = ({ isUsed, places, revoked, lastSeen, read }: PersonTables) => {
  return { isUsed, places: [...places.values()], revoked, lastSeen, read };
};
const NOTHING = { isUsed: false, places: [], revoked: null, lastSeen: null, read: null };

const place = (channel: string, parts: Partial<Place> = {}): Place => {
  return { channel, enteredAt: 5, revoking: null, ...parts };
};

function used() {
  const sql = new MemorySql();
  const tables = new PersonTables(sql);
  const cost = (work: () => void) => {
    const before = sql.rowsWritten;
    work();
    return sql.rowsWritten - before;
  };
  tables.seen(1);
  return { sql, tables, cost };
}

test("PEOPLE-4 of somebody of whom nothing is known nothing is written, whatever is asked", () => {
  const sql = new MemorySql();
  const tables = new PersonTables(sql);
  expect(known(tables)).toEqual(NOTHING);
  tables.removePlace("room:lobby");
  expect([tablesIn(sql), sql.rowsWritten]).toEqual([[], 0]);
});

test.each<[string, (tables: PersonTables) => void, object]>([
  ["a place", (tables) => tables.putPlace(place("room:a")), { places: [place("room:a")] }],
  ["a revocation", (tables) => tables.revoke(7), { revoked: 7 }],
  ["a sight", (tables) => tables.seen(9), { lastSeen: 9 }],
  ["a position", (tables) => tables.readUpTo({ epoch: "epoch001", seq: 3 }), { read: { epoch: "epoch001", seq: 3 } }],
])("PEOPLE-3 the first write makes the tables: %s, and another life knows it", (_what, write, parts) => {
  const sql = new MemorySql();
  const tables = new PersonTables(sql);
  write(tables);
  expect(tablesIn(sql)).toEqual(["person", "places"]);
  expect(known(tables)).toEqual({ ...NOTHING, isUsed: true, ...parts });
  expect(known(new PersonTables(sql))).toEqual({ ...NOTHING, isUsed: true, ...parts });
});

test("PEOPLE-1 places are kept by channel, whatever their names, and the last that is put counts", () => {
  const { sql, tables } = used();
  const all = [place("room:a"), place("room:A"), place("room:__proto__"), place("user:a:b"), place("room:a:b")];
  for (const one of all) tables.putPlace(one);
  tables.putPlace(place("room:a", { enteredAt: 8 }));
  tables.removePlace("room:A");
  tables.removePlace("room:nowhere");
  const left = [place("room:a", { enteredAt: 8 }), ...all.slice(2)];
  const sorted = (places: Place[]) => places.toSorted((a, b) => (a.channel < b.channel ? -1 : 1));
  expect(sorted([...tables.places.values()])).toEqual(sorted(left));
  expect(sorted([...new PersonTables(sql).places.values()])).toEqual(sorted(left));
});

test("REVOKE-2 a revocation marks every place there is, and none that comes later", () => {
  const { sql, tables } = used();
  for (const channel of ["room:a", "room:b"]) tables.putPlace(place(channel));
  tables.revoke(7);
  tables.putPlace(place("room:c"));
  const expected = [place("room:a", { revoking: 7 }), place("room:b", { revoking: 7 }), place("room:c")];
  expect([...tables.places.values()]).toEqual(expected);
  expect([...new PersonTables(sql).places.values()]).toEqual(expected);
  tables.revoke(9);
  expect([...tables.places.values()].map(({ revoking }) => revoking)).toEqual([9, 9, 9]);
});

test("REVOKE-1 a clock that goes back takes no revocation back", () => {
  const { sql, tables } = used();
  tables.putPlace(place("room:a"));
  tables.revoke(7);
  tables.revoke(5);
  expect([tables.revoked, new PersonTables(sql).revoked]).toEqual([7, 7]);
  expect(new PersonTables(sql).places.get("room:a")?.revoking).toBe(7);
});

test("PEOPLE-2 last seen never goes back", () => {
  const { sql, tables } = used();
  for (const at of [5, 3, 5]) tables.seen(at);
  expect([tables.lastSeen, new PersonTables(sql).lastSeen]).toEqual([5, 5]);
});

test("REVOKE-3 the tables outlive those of the inbox", () => {
  const { sql, tables } = used();
  createSchema(sql, "epoch001", 0);
  tables.revoke(7);
  dropSchema(sql);
  expect(tablesIn(sql)).toEqual(["person", "places"]);
  expect(new PersonTables(sql).revoked).toBe(7);
});

test("PEOPLE-1 a place, a sight and a position are one row each, a revocation one and each place", () => {
  const { tables, cost } = used();
  expect(cost(() => tables.putPlace(place("room:a")))).toBe(1);
  expect(cost(() => tables.putPlace(place("room:b")))).toBe(1);
  expect(cost(() => tables.seen(7))).toBe(1);
  expect(cost(() => tables.seen(6))).toBe(0);
  expect(cost(() => tables.readUpTo({ epoch: "epoch001", seq: 3 }))).toBe(1);
  expect(cost(() => tables.revoke(7))).toBe(3);
  expect(cost(() => tables.removePlace("room:a"))).toBe(1);
  expect(cost(() => tables.removePlace("room:a"))).toBe(0);
});

test.each([0, 1, 2, 3, 4])(
  "REVOKE-3 a disk that fails at statement %i of the first write leaves nothing",
  (statements) => {
    const sql = new MemorySql();
    const tables = new PersonTables(sql);
    sql.failAfter(statements);
    expect(() => sql.transaction(() => tables.revoke(7))).toThrow(DiskFailure);
    sql.failAfter(null);
    expect(tablesIn(sql)).toEqual([]);
    expect(known(new PersonTables(sql))).toEqual(NOTHING);
  },
);

test("REVOKE-2 a revocation of which a part fails is none at all, in memory too", () => {
  const { sql, tables } = used();
  tables.putPlace(place("room:a"));
  const before = known(tables);
  sql.failAfter(1);
  expect(() => tables.revoke(7)).toThrow(DiskFailure);
  sql.failAfter(null);
  expect(known(tables)).toEqual(before);
  expect(known(new PersonTables(sql))).toEqual(before);
});
