import { expect, test } from "vitest";
import { isPollIdOf, newPollId } from "../../../src/transport/connection-id.ts";

test("POLL-3 a poll's connection is known again, by its own user only", async () => {
  const id = await newPollId("alice");
  expect(id).toMatch(/^[A-Za-z0-9_-]{44}$/);
  expect(await isPollIdOf(id, "alice")).toBe(true);
  for (const other of ["bob", "Alice", "alice ", "", "alic", "alicee"]) expect(await isPollIdOf(id, other)).toBe(false);
});

test("POLL-3 each is another", async () => {
  const ids = await Promise.all(Array.from({ length: 200 }, () => newPollId("alice")));
  expect(new Set(ids).size).toBe(200);
  expect(new Set(ids.map((id) => id.slice(0, 22))).size).toBe(200);
});

test("POLL-3 one that is changed anywhere is none", async () => {
  const id = await newPollId("alice");
  for (let at = 0; at < id.length; at++) {
    const other = id[at] === "A" ? "B" : "A";
    expect(await isPollIdOf(id.slice(0, at) + other + id.slice(at + 1), "alice"), `${at}`).toBe(false);
  }
});

test.each([
  "",
  "x",
  "__proto__",
  crypto.randomUUID(),
  "A".repeat(43),
  "A".repeat(44),
  "A".repeat(45),
  `${"A".repeat(43)}=`,
  `${"A".repeat(43)}\n`,
  "é".repeat(44),
  "A".repeat(100_000),
])("POLL-3 is none: %.40j", async (text) => {
  expect(await isPollIdOf(text, "alice")).toBe(false);
});

test("POLL-3 a line end after it does not count as its end", async () => {
  expect(await isPollIdOf(`${await newPollId("alice")}\n`, "alice")).toBe(false);
});
