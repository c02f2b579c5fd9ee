import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import { chunk, entries, entry, sizedEntry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

const DAY = 86_400_000;
const PLENTY = { messages: 1e6, age: DAY, bytes: 1e9 };

function openLog(sql = new MemorySql()) {
  const log = new Log(sql, PLENTY, () => "epoch001");
  log.open(1000);
  const rows = () => sql.exec<{ first_seq: number; count: number }>("SELECT first_seq, count FROM log");
  const shape = () => rows().map(({ first_seq, count }) => [first_seq, count]);
  return { sql, log, shape };
}

test("MSG-3 nothing is written about a channel before its first use", () => {
  const sql = new MemorySql();
  const log = new Log(sql, PLENTY, () => "epoch001");
  expect(log.head).toBeNull();
  expect(log.oldest(1000)).toBe(1);
  expect(log.nextTrim(1000)).toBeNull();
  expect(log.readAfter(0, 10, 10, 1e6, 1000)).toEqual({ first: 1, texts: [] });
  expect(log.readBefore(10, 0, 10, 1e6, 1000)).toEqual({ first: 1, texts: [] });
  expect(log.firstSince(0, 1000)).toBe(1);
  expect([...log.index(0, 1000)]).toEqual([]);
  log.trim(1000);
  expect(sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
});

test("CURSOR-2 the first use makes the epoch, and later ones keep it", () => {
  const { sql, log } = openLog();
  expect(log.head).toEqual({ epoch: "epoch001", seq: 0, at: 1000 });
  expect(log.open(2000)).toEqual({ epoch: "epoch001", seq: 0, at: 1000 });
  expect(new Log(sql, PLENTY, () => "epoch002").head).toEqual({ epoch: "epoch001", seq: 0, at: 1000 });
});

test("MSG-2 messages that come one by one share a row, 64 at most", () => {
  const { log, shape } = openLog();
  for (const message of entries(1, 130)) log.append([chunk(message)], 1000);
  expect(shape()).toEqual([
    [1, 64],
    [65, 64],
    [129, 2],
  ]);
});

test("MSG-2 a flush that would make a row more than 64 gets another", () => {
  const { log, shape } = openLog();
  log.append([chunk(...entries(1, 60))], 1000);
  log.append([chunk(...entries(61, 64))], 1000);
  log.append([chunk(...entries(65, 67))], 1000);
  log.append([chunk(...entries(68, 129))], 1000);
  expect(shape()).toEqual([
    [1, 64],
    [65, 3],
    [68, 62],
  ]);
});

test("MSG-2 a row is extended up to 32 KiB, counted in UTF-8", () => {
  const { log, shape } = openLog();
  const half = 16 * 1024;
  for (const message of [sizedEntry(1, half), sizedEntry(2, half), entry(3)]) log.append([chunk(message)], 1000);
  const wide = entry(4, { data: "é".repeat(half) });
  log.append([chunk(wide)], 1000);
  expect(shape()).toEqual([
    [1, 2],
    [3, 1],
    [4, 1],
  ]);
});

test("RETAIN-1 a row is extended for a twentieth of the retention age, so that it goes in time", () => {
  const { log, shape } = openLog();
  const limit = 1000 + DAY / 20;
  log.append([chunk(entry(1, { at: 1000 }))], 1000);
  log.append([chunk(entry(2, { at: limit - 1 }))], limit - 1);
  log.append([chunk(entry(3, { at: limit }))], limit);
  expect(shape()).toEqual([
    [1, 2],
    [3, 1],
  ]);
});

test("MSG-3 chunks of one flush are rows of their own, written together", () => {
  const { log, shape } = openLog();
  log.append([chunk(sizedEntry(1, 200_000)), chunk(sizedEntry(2, 200_000)), chunk(entry(3))], 1000);
  expect(shape()).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  expect(log.head).toEqual({ epoch: "epoch001", seq: 3, at: 1000 });
});

test("MSG-3 a flush is one row written, whether it begins a row or extends one", () => {
  const { sql, log } = openLog();
  const cost = (work: () => void) => {
    const before = sql.rowsWritten;
    work();
    return sql.rowsWritten - before;
  };
  expect(cost(() => log.append([chunk(...entries(1, 10))], 1000))).toBe(1);
  expect(cost(() => log.append([chunk(...entries(11, 40))], 1000))).toBe(1);
  expect(cost(() => log.append([chunk(...entries(41, 500))], 1000))).toBe(1);
  expect(cost(() => log.readAfter(0, 500, 1000, 1e6, 1000))).toBe(0);
});

test("MSG-3 opening costs one row, and reopening none", () => {
  const sql = new MemorySql();
  const log = new Log(sql, PLENTY, () => "epoch001");
  log.open(1000);
  expect(sql.rowsWritten).toBe(1);
  log.append([chunk(entry(1))], 1000);
  const before = sql.rowsWritten;
  expect(new Log(sql, PLENTY, () => "epoch002").head).toEqual(log.head);
  expect(sql.rowsWritten).toBe(before);
});

test("MSG-3 an append that fails at any statement leaves nothing behind", () => {
  for (let statements = 0; statements < 3; statements++) {
    const { sql, log, shape } = openLog();
    log.append([chunk(entry(1))], 1000);
    sql.failAfter(statements);
    const big = [chunk(entry(2)), chunk(sizedEntry(3, 40_000)), chunk(sizedEntry(4, 40_000))];
    expect(() => log.append(big, 1000)).toThrow("");
    sql.failAfter(null);
    expect(shape()).toEqual([[1, 1]]);
    const woken = new Log(sql, PLENTY, () => "epoch002");
    expect(woken.head).toEqual({ epoch: "epoch001", seq: 1, at: 1000 });
    expect(woken.readAfter(0, 9, 9, 1e6, 1000)).toEqual({ first: 1, texts: [entry(1).text] });
  }
});
