import { expect, test } from "vitest";
import { formatAddress, isEvent, isId, isMessageId, parseAddress } from "../../../src/protocol/address.ts";

const LONGEST_ID = "a".repeat(128);

test.each(["a", "Lobby", "0", "-_.~:@|+=", "...", ".a", "a..", "a:b:c", "__proto__", LONGEST_ID])(
  "ID-1 %j is an id",
  (id) => {
    expect(isId(id)).toBe(true);
  },
);

const NO_IDS = [
  "",
  ".",
  "..",
  `${LONGEST_ID}a`,
  "a b",
  "a/b",
  "a\\b",
  "é",
  "a\n",
  "\na",
  "a\u0000",
  "a%20",
  "a?b",
  "ａ",
];
test.each([...NO_IDS, "<b>", "a,b", "a*", "a#b", "😀"])("ID-1 %j is none", (id) => {
  expect(isId(id)).toBe(false);
});

test.each(["message", "a", "A.b_c:d-9", "edgewire", "edgewires.x", "Edgewire.x", "x".repeat(64)])(
  "ID-3 %j is an event",
  (event) => {
    expect(isEvent(event)).toBe(true);
  },
);

test.each(["edgewire.", "edgewire.x"])("GROW-4 %j is an event of the service's own", (event) => {
  expect(isEvent(event)).toBe(false);
});

test.each(["", "x".repeat(65), "a b", "a@b", "a~b", "é", 'a"', "a\n"])("ID-3 %j is none", (event) => {
  expect(isEvent(event)).toBe(false);
});

test.each(["a", " ", "~", '"\\', "\x20\x7e", "x".repeat(64)])("ID-4 %j identifies a message", (id) => {
  expect(isMessageId(id)).toBe(true);
});

test.each(["", "x".repeat(65), "\x1f", "\x7f", "é", "a\nb", "a\n", "\u0000"])("ID-4 %j does not", (id) => {
  expect(isMessageId(id)).toBe(false);
});

test.each([
  ["room:lobby", { kind: "room", id: "lobby" }],
  ["user:alice", { kind: "user", id: "alice" }],
  // Delimiters in names: user `a:b` is not user `a` of something else.
  ["room:user:a", { kind: "room", id: "user:a" }],
  ["user::", { kind: "user", id: ":" }],
] as const)("ID-1 %s is an address", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
  expect(formatAddress(address)).toBe(text);
});

test.each([
  "",
  ":",
  ":lobby",
  "room",
  "room:",
  "room:.",
  "room:a b",
  "ROOM:a",
  "rooms:a",
  "group:a",
  "__proto__:a",
  // No colon at all: the kind is not the text without its last letter.
  "rooms",
  "users",
  "roomX",
])("ID-1 %j is no address", (text) => {
  expect(parseAddress(text)).toBeNull();
});
