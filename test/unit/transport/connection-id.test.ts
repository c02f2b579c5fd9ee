import { expect, test } from "vitest";
import { isPollIdOf, newConnectionId, newPollId, placeOf } from "../../../src/transport/connection-id.ts";

test("POLL-3 a poll's connection is known again, by its own user only", async () => {
  const id = await newPollId("alice", null);
  expect(id).toMatch(/^[A-Za-z0-9_-]{44}$/);
  expect(await isPollIdOf(id, "alice")).toBe(true);
  for (const other of ["bob", "Alice", "alice ", "", "alic", "alicee"]) expect(await isPollIdOf(id, other)).toBe(false);
});

test("POLL-3 each is another", async () => {
  const ids = await Promise.all(Array.from({ length: 200 }, () => newPollId("alice", null)));
  expect(new Set(ids).size).toBe(200);
  expect(new Set(ids.map((id) => id.slice(0, 22))).size).toBe(200);
});

test("POLL-3 one that is changed anywhere is none", async () => {
  const id = await newPollId("alice", null);
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
  expect(await isPollIdOf(`${await newPollId("alice", null)}\n`, "alice")).toBe(false);
});

const PLACE = { region: "weur", shard: 12 } as const;

test("ROUTE-2 the name of a connection says which relay holds it, if one does", async () => {
  expect(newConnectionId(null)).toMatch(/^[0-9a-f-]{36}$/);
  expect(placeOf(newConnectionId(null))).toBeNull();
  expect(newConnectionId(PLACE)).toMatch(/^[0-9a-f-]{36}~weur\.12$/);
  expect(placeOf(newConnectionId(PLACE))).toEqual(PLACE);
  expect(await newPollId("alice", PLACE)).toMatch(/^[A-Za-z0-9_-]{44}~weur\.12$/);
  expect(placeOf(await newPollId("alice", PLACE))).toEqual(PLACE);
  expect(placeOf(await newPollId("alice", null))).toBeNull();
});

test.each([
  ...["", "~", "weur.0", "x~weur", "x~weur.", "x~weur.01", "x~weur.1000", "x~weur.-1", "x~WEUR.0", "x~mars.0"],
  ...["x~weur.0 ", "x~weur.0\n", "x~weur.0/lobby", "x~weur.0~", "x~ weur.0", "x~weur.٣", "~".repeat(100_000)],
])("ROUTE-2 %.40j says nothing of a place", (text) => {
  expect(placeOf(text)).toBeNull();
});

test("ROUTE-2 POLL-3 a poll's place is vouched for: with another, or none, it is another's", async () => {
  const id = await newPollId("alice", PLACE);
  expect(await isPollIdOf(id, "alice")).toBe(true);
  expect(await isPollIdOf(id, "bob")).toBe(false);
  const own = id.slice(0, 44);
  for (const other of [own, `${own}~weur.1`, `${own}~eeur.12`, `${own}~weur.12~weur.12`, `${own}~weur.012`, `${id} `])
    expect(await isPollIdOf(other, "alice"), other).toBe(false);
  const unplaced = await newPollId("alice", null);
  expect(await isPollIdOf(`${unplaced}~weur.12`, "alice")).toBe(false);
});

test("POLL-3 names that were given before there were relays hold on", async () => {
  const random = "A".repeat(22);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${random} alice`));
  const hash = Buffer.from(digest, 0, 16).toString("base64url");
  expect(await isPollIdOf(random + hash, "alice")).toBe(true);
});
