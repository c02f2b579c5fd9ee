import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import { chunk, entries, entry, sizedEntry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

const PLENTY = { messages: 1e6, age: 1e9, bytes: 1e9 };

/** A log of rows of three messages, seq 1 to 9, one message a second from 1000 on; each has 100 bytes. */
function nineMessages() {
  const log = new Log(new MemorySql(), { ...PLENTY, age: 20_000 }, () => "epoch001");
  log.open(0);
  for (let seq = 1; seq <= 9; seq += 3) {
    const messages = [0, 1, 2].map((index) => sizedEntry(seq + index, 100, { at: (seq + index) * 1000 }));
    log.append([chunk(...messages)], (seq + 2) * 1000);
  }
  return log;
}

const NOW = 9000;
const seqs = ({ first, texts }: { first: number; texts: readonly string[] }) => {
  expect(texts.map((text) => JSON.parse(text).seq)).toEqual(texts.map((_, index) => first + index));
  return texts.map((text) => JSON.parse(text).seq);
};

test.each([
  ["all", [0, 9, 100, 1e6], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["from the middle of a row", [1, 9, 100, 1e6], [2, 3, 4, 5, 6, 7, 8, 9]],
  ["from the end of a row", [3, 9, 100, 1e6], [4, 5, 6, 7, 8, 9]],
  ["up to the middle of a row", [3, 5, 100, 1e6], [4, 5]],
  ["so many", [1, 9, 4, 1e6], [2, 3, 4, 5]],
  ["so many bytes, and a comma between", [1, 9, 100, 402], [2, 3, 4]],
  ["as many bytes, to the byte", [1, 9, 100, 403], [2, 3, 4, 5]],
  ["at least one", [1, 9, 100, 1], [2]],
  ["nothing after the head", [9, 9, 100, 1e6], []],
  ["nothing beyond the head", [20, 30, 100, 1e6], []],
  ["nothing of an empty range", [5, 5, 100, 1e6], []],
] as const)("HISTORY-1 read after: %s", (_name, [after, until, count, bytes], expected) => {
  expect(seqs(nineMessages().readAfter(after, until, count, bytes, NOW))).toEqual(expected);
});

test.each([
  ["all", [10, 0, 100, 1e6], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["from beyond the head", [99, 0, 2, 1e6], [8, 9]],
  ["from the middle of a row", [6, 0, 100, 1e6], [1, 2, 3, 4, 5]],
  ["from the beginning of a row", [7, 0, 2, 1e6], [5, 6]],
  ["down to the middle of a row", [9, 4, 100, 1e6], [5, 6, 7, 8]],
  ["so many", [9, 0, 4, 1e6], [5, 6, 7, 8]],
  ["so many bytes, and a comma between", [9, 0, 100, 402], [6, 7, 8]],
  ["as many bytes, to the byte", [9, 0, 100, 403], [5, 6, 7, 8]],
  ["at least one", [9, 0, 100, 1], [8]],
  ["nothing before the first", [1, 0, 100, 1e6], []],
  ["nothing of an empty range", [5, 4, 100, 1e6], []],
] as const)("HISTORY-1 read before: %s", (_name, [before, after, count, bytes], expected) => {
  expect(seqs(nineMessages().readBefore(before, after, count, bytes, NOW))).toEqual(expected);
});

test.each([
  [0, 1],
  [1000, 1],
  [1001, 2],
  [3000, 3],
  [3001, 4],
  [4000, 4],
  [8999, 9],
  [9000, 9],
  [9001, 10],
])("HISTORY-1 the first message since %i is %i", (at, seq) => {
  expect(nineMessages().firstSince(at, NOW)).toBe(seq);
});

test("HISTORY-1 what is no longer retained is not the first since any time", () => {
  const log = nineMessages();
  expect(log.firstSince(0, 25_000)).toBe(5);
  expect(log.firstSince(6000, 25_000)).toBe(6);
  expect(log.firstSince(0, 99_000)).toBe(10);
});

test("HISTORY-1 of messages that came in the same millisecond the first is the first since", () => {
  const log = new Log(new MemorySql(), PLENTY, () => "epoch001");
  log.open(0);
  for (let seq = 1; seq <= 200; seq++) log.append([chunk(entry(seq, { at: 1000 + Math.floor(seq / 50) }))], 1004);
  expect([1000, 1001, 1002, 1004].map((at) => log.firstSince(at, 1004))).toEqual([1, 50, 100, 200]);
});

test("MSG-5 the index of what is retained is told in ascending order, also after a wake, and from a seq on", () => {
  const sql = new MemorySql();
  const log = new Log(sql, PLENTY, () => "epoch001");
  log.open(0);
  log.append([chunk(entry(1, { id: "a", hash: 11 }), entry(2), entry(3, { id: 'b"', user: "v", hash: 13 }))], 1000);
  log.append([chunk(...entries(4, 100))], 1000);
  log.append([chunk(entry(101, { id: "a", hash: 14, at: 2000 }))], 2000);
  const expected = [
    { seq: 1, at: 1000, user: "u", chosenId: "a", hash: 11 },
    { seq: 3, at: 1000, user: "v", chosenId: 'b"', hash: 13 },
    { seq: 101, at: 2000, user: "u", chosenId: "a", hash: 14 },
  ];
  for (const each of [log, new Log(sql, PLENTY, () => "epoch002")]) {
    const index = [...each.index(0, 2000)];
    expect(index.map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, before) => before + 1));
    expect(index.filter(({ chosenId }) => chosenId !== null)).toMatchObject(expected);
    expect([...each.index(99, 2000)].map(({ seq }) => seq)).toEqual([100, 101]);
  }
});

test("MSG-5 what is not retained is not in the index, whether its row is there or not", () => {
  const log = new Log(new MemorySql(), { ...PLENTY, messages: 1 }, () => "epoch001");
  log.open(0);
  log.append([chunk(entry(1, { id: "old" }), ...entries(2, 64))], 1000);
  log.append([chunk(entry(65, { id: "new" }))], 1000);
  expect([...log.index(0, 1000)].map(({ chosenId }) => chosenId)).toEqual(["new"]);
});
