import { expect, test } from "vitest";
import type { Entry } from "../../../src/core/batch.ts";
import { keyOf, RecentIds } from "../../../src/core/recent-ids.ts";
import { Log } from "../../../src/storage/log.ts";
import { chunk, entry } from "../../support/log-entries.ts";
import { MemorySql } from "../../support/sqlite.ts";

function remembering(messages = 3) {
  const log = new Log(new MemorySql(), { messages, age: 1000, bytes: 1e9 }, () => "epoch001");
  log.open(0);
  const recent = new RecentIds(log);
  let seq = 0;
  const write = (id: string, at = 0): void => {
    const written: Entry = { ...entry(++seq, { id, at, hash: seq }), id, origin: null };
    log.append([chunk(written)], at);
    recent.add([[keyOf("u", id), written]], at);
  };
  const find = (id: string, at = 0) => recent.find(keyOf("u", id), at)?.seq;
  return { log, recent, write, find };
}

test("MSG-5 what was written before the first question is found in the log", () => {
  const { write, find } = remembering();
  for (const id of ["a", "b"]) write(id);
  expect([find("a"), find("b"), find("c")]).toEqual([1, 2, undefined]);
});

test("MSG-5 what is written after it is remembered", () => {
  const { recent, write, find } = remembering();
  expect(find("a")).toBeUndefined();
  write("a", 7);
  expect(recent.find(keyOf("u", "a"), 7)).toEqual({ seq: 1, at: 7, hash: 1 });
});

test("MSG-5 only retained messages are found: to the message, to the millisecond", () => {
  const { write, find } = remembering(3);
  expect(find("a")).toBeUndefined();
  for (const id of ["a", "b", "c"]) write(id);
  expect(find("a")).toBe(1);
  write("d", 500);
  expect(find("a", 500)).toBeUndefined();
  expect([find("b", 1000), find("b", 1001), find("d", 1001)]).toEqual([2, undefined, 4]);
});

test.each([true, false])(
  "MSG-5 of an id that was used again the later message is found (known before: %s)",
  (known) => {
    const { write, find } = remembering(2);
    if (known) expect(find("a")).toBeUndefined();
    for (const id of ["a", "b", "a", "c"]) write(id);
    expect([find("a"), find("b"), find("c")]).toEqual([3, undefined, 4]);
  },
);

test("MSG-5 found is what is searched for, before and after a map is made of it", () => {
  const { recent, write, find } = remembering(1000);
  const ids = ["a", "b", '"', "a\\", "u", "0", "1,0", "aa", ...Array.from({ length: 80 }, (_, n) => `id-${n}`)];
  for (const id of ids) write(id);
  write("a");
  const expected = ids.map((_, index) => (index === 0 ? ids.length + 1 : index + 1));
  expect(ids.map((id) => find(id))).toEqual(expected); // the first of them search, the others look it up
  expect(ids.map((id) => find(id))).toEqual(expected);
  expect([find("id-"), find("v"), recent.find(keyOf("id-1", "u"), 0)]).toEqual([undefined, undefined, undefined]);
  write("new");
  expect([find("new"), find("a"), find("id-79")]).toEqual([ids.length + 2, ids.length + 1, ids.length]);
});

test("MSG-5 while the log is still searched, what was written since is found first", () => {
  const { write, find } = remembering(1000);
  write("a");
  expect(find("b")).toBeUndefined();
  write("b");
  write("a");
  expect([find("a"), find("b")]).toEqual([3, 2]);
  for (let n = 0; n < 40; n++) expect(find(`no-${n}`)).toBeUndefined(); // now there is a map
  expect([find("a"), find("b")]).toEqual([3, 2]);
});

test("MSG-5 after a clear nothing is known of the old log", () => {
  const { log, recent, write, find } = remembering();
  write("a");
  expect(find("a")).toBe(1);
  log.clear(0);
  recent.clear();
  expect(find("a")).toBeUndefined();
});

test("MSG-5 a user and an id make one key, whatever is in them", () => {
  const keys = [keyOf("a", "b"), keyOf("ab", ""), keyOf("a:b", "c"), keyOf("a", "b:c"), keyOf("a", " b")];
  expect(new Set(keys).size).toBe(keys.length);
});
