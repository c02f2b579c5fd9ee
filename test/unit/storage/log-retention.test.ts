import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import type { Retention } from "../../../src/storage/log-window.ts";
import { chunk, entries, entry, sizedEntry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

const PLENTY: Retention = { messages: 1e6, age: 1e9, bytes: 1e9 };

function openLog(retention: Partial<Retention>, sql = new MemorySql()) {
  let epochs = 0;
  const log = new Log(sql, { ...PLENTY, ...retention }, () => `epoch00${++epochs}`);
  log.open(0);
  const seqs = (now: number) => log.readAfter(0, 1e9, 1e9, 1e9, now).texts.map((text) => JSON.parse(text).seq);
  const rows = () => sql.exec<{ first_seq: number }>("SELECT first_seq FROM log").map(({ first_seq }) => first_seq);
  return { sql, log, seqs, rows };
}

test("RETAIN-1 by count: exactly the last n, in the middle of a row", () => {
  const { log, seqs } = openLog({ messages: 3 });
  for (let seq = 1; seq <= 5; seq++) {
    log.append([chunk(entry(seq))], 1000);
    expect(log.oldest(1000)).toBe(Math.max(1, seq - 2));
  }
  expect(seqs(1000)).toEqual([3, 4, 5]);
});

test("RETAIN-1 by age: what is as old as the age is there, what is a millisecond older is not", () => {
  const { log, seqs } = openLog({ age: 100 });
  log.append([chunk(entry(1, { at: 1000 }), entry(2, { at: 1001 }), entry(3, { at: 1002 }))], 1002);
  expect(seqs(1100)).toEqual([1, 2, 3]);
  expect(seqs(1101)).toEqual([2, 3]);
  expect(seqs(1102)).toEqual([3]);
  expect(seqs(1103)).toEqual([]);
  expect(log.oldest(1103)).toBe(4);
});

test("RETAIN-1 by bytes: as many of the newest as fit, to the byte", () => {
  const { log, seqs } = openLog({ bytes: 300 });
  log.append([chunk(sizedEntry(1, 100), sizedEntry(2, 100), sizedEntry(3, 100))], 1000);
  expect(seqs(1000)).toEqual([1, 2, 3]);
  log.append([chunk(sizedEntry(4, 60))], 1000);
  expect(seqs(1000)).toEqual([2, 3, 4]);
  log.append([chunk(sizedEntry(5, 41))], 1000);
  expect(seqs(1000)).toEqual([3, 4, 5]);
});

test("RETAIN-1 by bytes: a message larger than all that is kept is not kept", () => {
  const { log, seqs } = openLog({ bytes: 300 });
  log.append([chunk(sizedEntry(1, 301))], 1000);
  expect(seqs(1000)).toEqual([]);
  log.append([chunk(sizedEntry(2, 100))], 1000);
  expect(seqs(1000)).toEqual([2]);
});

test("RETAIN-1 only whole rows are deleted, and only behind what is retained", () => {
  const { log, rows } = openLog({ messages: 70 });
  for (let seq = 1; seq <= 133; seq++) log.append([chunk(entry(seq))], 1000);
  expect(rows()).toEqual([1, 65, 129]);
  log.append([chunk(entry(134))], 1000);
  expect(rows()).toEqual([65, 129]);
});

test("RETAIN-1 reading deletes nothing; trimming does, though nobody writes", () => {
  const { log, seqs, rows } = openLog({ age: 100 });
  log.append([chunk(entry(1, { at: 1000 }))], 1000);
  log.append([chunk(entry(2, { at: 1050 }))], 1050);
  expect(seqs(1101)).toEqual([2]);
  expect(rows()).toEqual([1, 2]);
  log.trim(1101);
  expect(rows()).toEqual([2]);
});

test("RETAIN-1 the next trim is after the oldest row's last message, and none is due of an empty log", () => {
  const { log } = openLog({ age: 1000 });
  expect(log.nextTrim(1000)).toBeNull();
  log.append([chunk(entry(1, { at: 1000 }))], 1000);
  log.append([chunk(entry(2, { at: 1020 }))], 1020);
  log.append([chunk(entry(3, { at: 1500 }))], 1500);
  const due = log.nextTrim(1500) as number;
  expect(due).toBe(1020 + 1000 + 1 + 1000 / 20);
  log.trim(due);
  expect(log.oldest(due)).toBe(3);
  expect(log.nextTrim(due)).toBe(1500 + 1000 + 1 + 1000 / 20);
  log.trim(3000);
  expect(log.nextTrim(3000)).toBeNull();
});

test("MSG-2 when everything has expired the head stays, also after a wake", () => {
  const { sql, log, rows } = openLog({ age: 100 });
  log.append([chunk(...entries(1, 3, { at: 1000 }))], 1000);
  log.trim(2000);
  expect(rows()).toEqual([]);
  expect(log.head).toEqual({ epoch: "epoch001", seq: 3, at: 1000 });
  const woken = openLog({ age: 100 }, sql);
  expect(woken.log.head).toEqual({ epoch: "epoch001", seq: 3, at: 1000 });
  expect(woken.log.oldest(2000)).toBe(4);
  woken.log.append([chunk(entry(4, { at: 2000 }))], 2000);
  expect(woken.seqs(2000)).toEqual([4]);
  expect(openLog({ age: 100 }, sql).log.head).toEqual({ epoch: "epoch001", seq: 4, at: 2000 });
});

test("RETAIN-1 bytes are counted on when everything has expired, also after a wake", () => {
  const { sql, log } = openLog({ age: 100, bytes: 300 });
  log.append([chunk(sizedEntry(1, 250, { at: 1000 }))], 1000);
  log.trim(2000);
  const woken = openLog({ age: 100, bytes: 300 }, sql);
  woken.log.append([chunk(sizedEntry(2, 250, { at: 2000 }))], 2000);
  woken.log.append([chunk(sizedEntry(3, 50, { at: 2000 }))], 2000);
  expect(woken.seqs(2000)).toEqual([2, 3]);
  woken.log.append([chunk(sizedEntry(4, 50, { at: 2000 }))], 2000);
  expect(woken.seqs(2000)).toEqual([3, 4]);
});

test("MSG-2 trimming all costs one row beside those it deletes, and is done once", () => {
  const { sql, log } = openLog({ age: 100 });
  log.append([chunk(entry(1, { at: 1000 }))], 1000);
  const before = sql.rowsWritten;
  log.trim(2000);
  expect(sql.rowsWritten - before).toBe(2);
  log.trim(3000);
  expect(sql.rowsWritten - before).toBe(2);
});

test("RETAIN-1 the oldest does not go back when the clock does", () => {
  const { log, seqs } = openLog({ age: 100 });
  log.append([chunk(entry(1, { at: 1000 }), entry(2, { at: 1050 }))], 1050);
  expect(log.oldest(1120)).toBe(2);
  expect(log.oldest(1060)).toBe(2);
  expect(seqs(1060)).toEqual([2]);
});

test("RETAIN-1 what is written after the clock jumped ahead and back is there", () => {
  const { log, seqs } = openLog({ age: 1000 });
  log.append([chunk(entry(1, { at: 5000 }))], 5000);
  expect(seqs(9000)).toEqual([]);
  // The jump was a mistake: the last row is as young again as it was.
  log.append([chunk(entry(2, { at: 5010 }))], 5010);
  expect(seqs(5010)).toEqual([2]);
});

test("RETAIN-1 what is written after the clock jumped ahead and back is there after a wake", () => {
  const { sql, log } = openLog({ age: 1000 });
  log.append([chunk(entry(1, { at: 5000 }))], 5000);
  log.oldest(9000);
  log.append([chunk(entry(2, { at: 5010 }))], 5010);
  expect(openLog({ age: 1000 }, sql).seqs(5010)).toContain(2);
});
