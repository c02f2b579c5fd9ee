import { expect, test } from "vitest";
import { operationsFor } from "../../../src/auth/capabilities.ts";
import { readRules } from "../../../src/channel-rules.ts";
import { ALL_OPERATIONS, OPERATIONS, type Operation } from "../../../src/protocol/operations.ts";

const bits = (...names: Operation[]) => names.reduce((set, name) => set | OPERATIONS[name], 0);
const granted = (capabilities: Record<string, unknown>, address: string, user = "alice") =>
  operationsFor({ user, kind: "user", capabilities }, [], address);

test.each<[string, Record<string, unknown>, string, number]>([
  ["nothing", {}, "room:lobby", 0],
  ["an address", { "room:lobby": ["subscribe"] }, "room:lobby", bits("subscribe")],
  ["another address", { "room:lobby": ["subscribe"] }, "room:other", 0],
  ["a prefix", { "room:support-*": ["publish"] }, "room:support-1", bits("publish")],
  ["another prefix", { "room:support-*": ["publish"] }, "room:sales-1", 0],
  ["an address is no prefix", { "room:a": ["publish"] }, "room:ab", 0],
  ["everything", { "*": ["*"] }, "room:lobby", ALL_OPERATIONS],
  ["everything, of others' inboxes too", { "*": ["subscribe"] }, "user:bob", bits("subscribe")],
  ["admin", { "room:lobby": ["admin"] }, "room:lobby", ALL_OPERATIONS],
  [
    "all patterns that match",
    { "room:*": ["subscribe"], "*": ["history"], "room:lobby": ["publish"], "user:*": ["admin"] },
    "room:lobby",
    bits("subscribe", "history", "publish"),
  ],
  ["an empty list", { "room:lobby": [] }, "room:lobby", 0],
  ["an unknown name grants nothing", { "room:lobby": ["subscribe", "read"] }, "room:lobby", 0],
  [
    "an unknown name spoils only its own list",
    { "room:lobby": ["subscribe", "read"], "room:*": ["history"] },
    "room:lobby",
    bits("history"),
  ],
  ["no list", { "room:lobby": "subscribe" }, "room:lobby", 0],
  ["null", { "room:lobby": null }, "room:lobby", 0],
  ["an object", { "room:lobby": { subscribe: true } }, "room:lobby", 0],
  ["a pattern with other letters", { "Room:lobby": ["subscribe"] }, "room:lobby", 0],
  ["a star in the middle", { "room:*y": ["subscribe"] }, "room:lobby", 0],
  ["delimiter tricks", { "user:a": ["subscribe"] }, "room:user:a", 0],
])("AUTH-5 %s", (_what, capabilities, address, expected) => {
  expect(granted(capabilities, address)).toBe(expected);
});

test("AUTH-5 everyone may read their own inbox and be present in it, and nobody else's", () => {
  const own = bits("subscribe", "history", "presence");
  expect(granted({}, "user:alice")).toBe(own);
  expect(granted({ "user:alice": ["publish"] }, "user:alice")).toBe(own | bits("publish"));
  expect(granted({}, "user:alice2")).toBe(0);
  expect(granted({}, "user:a:b", "a:b")).toBe(own);
  expect(granted({}, "user:a:b", "a")).toBe(0);
});

const { rules } = readRules(
  '[{"match":"room:public-*","anonymous":["subscribe"]},{"match":"room:*","anonymous":["history"]}]',
);

test("RULES-2 what anybody may do is added to what the token grants, by the first rule that fits", () => {
  const alice = { user: "alice", kind: "user", capabilities: { "room:*": ["publish"] } } as const;
  expect(operationsFor(alice, rules, "room:public-1")).toBe(bits("subscribe", "publish"));
  expect(operationsFor(alice, rules, "room:lobby")).toBe(bits("history", "publish"));
  expect(operationsFor(alice, rules, "user:bob")).toBe(0);
});

test("GUEST-1 a guest has the rights of anybody, and no inbox", () => {
  const guest = { user: "guest-1", kind: "guest", capabilities: {} } as const;
  expect(operationsFor(guest, rules, "room:public-1")).toBe(bits("subscribe"));
  expect(operationsFor(guest, rules, "user:guest-1")).toBe(0);
});
