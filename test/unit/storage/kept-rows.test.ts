import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import type { Row, SqlValue } from "../../../src/storage/sql.ts";
import { chunk, entries, sizedEntry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

/** A disk that counts what it is asked for. */
class CountingSql extends MemorySql {
  reads = 0;

  override exec<T extends Row>(statement: string, ...values: SqlValue[]): T[] {
    if (statement.startsWith("SELECT") && statement.includes("body")) this.reads++;
    return super.exec<T>(statement, ...values);
  }
}

function opened() {
  const sql = new CountingSql();
  const log = new Log(sql, { messages: 10_000, age: 1e9, bytes: 1e9 }, () => "epoch001");
  log.open(0);
  const seqs = (after: number, limit = 1000) =>
    log.readAfter(after, log.head?.seq ?? 0, limit, 1e9, 1000).texts.map((text) => JSON.parse(text).seq as number);
  const readsOf = (work: () => unknown) => {
    const before = sql.reads;
    work();
    return sql.reads - before;
  };
  return { sql, log, seqs, readsOf };
}

test("HISTORY-1 what many read one after the other is read from the disk once", () => {
  const { log, seqs, readsOf } = opened();
  for (let first = 1; first <= 320; first += 64) log.append([chunk(...entries(first, first + 63))], 1000);
  expect(readsOf(() => expect(seqs(0, 320)).toHaveLength(320))).toBe(5);
  expect(readsOf(() => expect(seqs(0, 320)).toHaveLength(320))).toBe(0);
  expect(readsOf(() => log.readBefore(321, 0, 50, 1e9, 1000))).toBe(0);
});

test("HISTORY-1 a row that was read and then extended is read as it is now", () => {
  const { log, seqs } = opened();
  log.append([chunk(...entries(1, 3))], 1000);
  expect(seqs(0)).toEqual([1, 2, 3]);
  log.append([chunk(...entries(4, 5))], 1000);
  expect(seqs(0)).toEqual([1, 2, 3, 4, 5]);
  expect(seqs(3)).toEqual([4, 5]);
});

test("ADMIN-1 nothing of a log that was cleared or erased is read again", () => {
  for (const remove of ["clear", "erase"] as const) {
    const { log, seqs } = opened();
    log.append([chunk(...entries(1, 3, { data: "old" }))], 1000);
    expect(seqs(0)).toEqual([1, 2, 3]);
    log[remove](1000);
    log.open(1000);
    expect(seqs(0)).toEqual([]);
    log.append([chunk(...entries(1, 2, { data: "new" }))], 1000);
    expect(log.readAfter(0, 9, 9, 1e9, 1000).texts.every((text) => text.includes("new"))).toBe(true);
  }
});

test("L3 no more than half a MiB of rows is kept in memory", () => {
  const { log, readsOf, seqs } = opened();
  for (let seq = 1; seq <= 20; seq++) log.append([chunk(sizedEntry(seq, 60_000))], 1000);
  seqs(0);
  expect(readsOf(() => seqs(0))).toBeGreaterThan(10); // 1.2 MB do not fit
  expect(readsOf(() => log.readBefore(21, 12, 8, 1e9, 1000))).toBeLessThanOrEqual(1);
  expect(readsOf(() => log.readBefore(21, 12, 8, 1e9, 1000))).toBe(0); // these do
});
