import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import { chunk, entries, entry, sizedEntry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

const RETENTION = { messages: 3, age: 1e9, bytes: 300 };

function openLog(sql: MemorySql, epoch = "epoch001") {
  const epochs = [epoch, "epoch002", "epoch003"];
  const log = new Log(sql, RETENTION, () => epochs.shift() as string);
  log.open(1000);
  return log;
}

test("CURSOR-2 a cleared log is empty, and another", () => {
  const sql = new MemorySql();
  const log = openLog(sql);
  log.append([chunk(...entries(1, 5))], 1000);
  log.clear(2000);
  expect(log.head).toEqual({ epoch: "epoch002", seq: 0, at: 2000 });
  expect(log.oldest(2000)).toBe(1);
  expect(log.readAfter(0, 9, 9, 1e6, 2000)).toEqual({ first: 1, texts: [] });
  expect(openLog(sql).head).toEqual(log.head);
});

test("MSG-2 a cleared log begins at 1, and nothing of the old one counts towards what it retains", () => {
  const sql = new MemorySql();
  const log = openLog(sql);
  log.append([chunk(sizedEntry(1, 100), sizedEntry(2, 100), sizedEntry(3, 100))], 1000);
  expect(log.oldest(1000)).toBe(1);
  log.clear(2000);
  const messages = [sizedEntry(1, 150, { at: 2000 }), sizedEntry(2, 150, { at: 2000 })];
  for (const message of messages) log.append([chunk(message)], 2000);
  expect(log.oldest(2000)).toBe(1);
  for (const read of [log, openLog(sql)])
    expect(read.readAfter(0, 9, 9, 1e6, 2000)).toEqual({ first: 1, texts: messages.map(({ text }) => text) });
});

test("CURSOR-2 a log that is cleared twice is a third one", () => {
  const sql = new MemorySql();
  const log = openLog(sql);
  log.clear(2000);
  log.append([chunk(entry(1, { at: 2500 }))], 2500);
  log.clear(3000);
  expect(openLog(sql).head).toEqual({ epoch: "epoch003", seq: 0, at: 3000 });
});

test("CURSOR-2 a clear that fails leaves the log as it was", () => {
  const sql = new MemorySql();
  const log = openLog(sql);
  log.append([chunk(entry(1))], 1000);
  sql.failAfter(1);
  expect(() => log.clear(2000)).toThrow("");
  sql.failAfter(null);
  expect(openLog(sql).readAfter(0, 9, 9, 1e6, 2000)).toEqual({ first: 1, texts: [entry(1).text] });
  expect(log.head).toEqual({ epoch: "epoch001", seq: 1, at: 1000 });
});
