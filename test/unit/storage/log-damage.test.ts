import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import { chunk, entries, entry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

const RETENTION = { messages: 1000, age: 1e9, bytes: 1e9 };

/** Rows 1 to 3, 4 to 6 and 7 to 9, of which the one that begins at `first` is damaged by `statement`. */
function damaged(first: number, statement: string) {
  const sql = new MemorySql();
  const log = new Log(sql, RETENTION, () => "epoch001");
  log.open(0);
  // Rows too large to be extended.
  for (const from of [1, 4, 7])
    log.append([chunk(...entries(from, from + 2, { data: "x".repeat(12_000), id: "i" }))], 9);
  sql.exec(`UPDATE log SET ${statement} WHERE first_seq = ?`, first);
  return { sql, log: new Log(sql, RETENTION, () => "epoch002") };
}

const seqs = (texts: readonly string[]) => texts.map((text) => JSON.parse(text).seq);

const DAMAGES = [
  "entries = 'nonsense'",
  "entries = ''",
  "entries = '[1,0,0,\"u\",0,0]'",
  "entries = 'null,null,null'",
  "entries = '1,2,3'",
  "body = 'nonsense'",
  "body = ''",
  "body = substr(body, 2)",
  "body = body || 'x'",
];

test.each(DAMAGES)("L5 %s: the room opens, and the other rows are read", (damage) => {
  for (const [first, around] of [
    [1, [4, 5, 6, 7, 8, 9]],
    [7, [1, 2, 3, 4, 5, 6]],
  ] as const) {
    const { log } = damaged(first, damage);
    expect(log.head).toEqual({ epoch: "epoch001", seq: 9, at: 1000 });
    expect(seqs(log.readAfter(0, 9, 100, 1e6, 1000).texts)).toEqual(around);
    expect(seqs(log.readBefore(10, 0, 100, 1e6, 1000).texts)).toEqual(around);
  }
});

test.each(DAMAGES)("L5 %s: a hole ends a page, so that a reader can be told of it", (damage) => {
  const { log } = damaged(4, damage);
  expect(seqs(log.readAfter(0, 9, 100, 1e6, 1000).texts)).toEqual([1, 2, 3]);
  const rest = log.readAfter(3, 9, 100, 1e6, 1000);
  expect([rest.first, seqs(rest.texts)]).toEqual([7, [7, 8, 9]]);
  expect(seqs(log.readBefore(10, 0, 100, 1e6, 1000).texts)).toEqual([7, 8, 9]);
  const earlier = log.readBefore(7, 0, 100, 1e6, 1000);
  expect([earlier.first, seqs(earlier.texts)]).toEqual([1, [1, 2, 3]]);
});

test.each(DAMAGES)("L5 %s: the rest of the room goes on", (damage) => {
  const { log } = damaged(4, damage);
  expect([0, 1000, 1001].map((at) => log.firstSince(at, 1000))).toEqual([1, 1, 10]);
  const known = [...log.index(0, 1000)].map(({ seq }) => seq);
  expect(known).toEqual(expect.arrayContaining([1, 2, 3, 7, 8, 9]));
  expect(log.oldest(1000)).toBe(1);
  log.append([chunk(entry(10))], 1000);
  expect(seqs(log.readAfter(9, 10, 100, 1e6, 1000).texts)).toEqual([10]);
});

test.each(["count = 2", "count = 4"])("L5 %s: what cannot be read is skipped, nothing is thrown", (damage) => {
  const { log } = damaged(4, damage);
  expect(seqs(log.readAfter(0, 9, 100, 1e6, 1000).texts)).toEqual([1, 2, 3]);
  expect(seqs(log.readAfter(6, 9, 100, 1e6, 1000).texts)).toEqual([7, 8, 9]);
  expect(() => log.readAfter(3, 9, 100, 1e6, 1000)).not.toThrow();
  expect(seqs(log.readBefore(10, 0, 100, 1e6, 1000).texts)).toEqual([7, 8, 9]);
  expect(() => log.readBefore(7, 0, 100, 1e6, 1000)).not.toThrow();
});

test("L5 a row that is gone altogether is skipped, nothing is thrown", () => {
  const { sql, log } = damaged(4, "count = count");
  sql.exec("DELETE FROM log WHERE first_seq = 4");
  expect(seqs(log.readAfter(0, 9, 100, 1e6, 1000).texts)).toEqual([1, 2, 3]);
  expect(() => log.readAfter(3, 9, 100, 1e6, 1000)).not.toThrow();
  expect(() => log.readBefore(7, 0, 100, 1e6, 1000)).not.toThrow();
});

test("L5 a damaged row at the edge of what is retained: the next whole one is the oldest", () => {
  const { sql } = damaged(1, "entries = 'nonsense'");
  const log = new Log(sql, { ...RETENTION, messages: 8 }, () => "epoch002");
  expect(log.oldest(1000)).toBeLessThanOrEqual(4);
  expect(seqs(log.readAfter(0, 9, 100, 1e6, 1000).texts)).toEqual([4, 5, 6, 7, 8, 9]);
});
