import { expect, test } from "vitest";
import {
  ALL_OPERATIONS,
  allows,
  matchesPattern,
  OPERATIONS,
  type Operation,
  operationsOf,
} from "../../../src/protocol/operations.ts";

const NAMES: Operation[] = ["subscribe", "history", "publish", "signal", "presence", "admin"];

test("AUTH-5 the names and their bits are these: a connection's attachment carries the bits", () => {
  expect(OPERATIONS).toEqual({ subscribe: 1, history: 2, publish: 4, signal: 8, presence: 16, admin: 32 });
});

test.each([
  [[], []],
  [["subscribe"], ["subscribe"]],
  [
    ["subscribe", "publish", "subscribe"],
    ["subscribe", "publish"],
  ],
  [["admin"], NAMES],
  [["*"], NAMES],
  [["*", "signal"], NAMES],
])("AUTH-5 %j grants %j", (names, granted) => {
  const set = operationsOf(names) as number;
  expect(NAMES.filter((name) => allows(set, name))).toEqual(granted);
});

test("AUTH-5 everything is the same as all of them", () => {
  expect(operationsOf(["*"])).toBe(ALL_OPERATIONS);
  expect(operationsOf(NAMES)).toBe(ALL_OPERATIONS);
});

test.each([
  [["subscribe", "read"]],
  [["*", "read"]],
  [["Subscribe"]],
  [[""]],
  [["__proto__"]],
  [["constructor"]],
  [["toString"]],
  [[1]],
  [[null]],
  [[["subscribe"]]],
])("AUTH-5 %j grants nothing: it holds an unknown name", (names) => {
  expect(operationsOf(names)).toBeNull();
});

test.each([
  ["room:lobby", "room:lobby", true],
  ["room:lobby", "room:lobby2", false],
  ["room:lobby", "room:Lobby", false],
  ["room:", "room:lobby", false],
  ["room:*", "room:lobby", true],
  ["room:*", "user:lobby", false],
  ["room:support-*", "room:support-1", true],
  ["room:support-*", "room:support-", true],
  ["room:support-*", "room:support", false],
  ["*", "user:bob", true],
  ["", "room:lobby", false],
  // A star is one only at the end.
  ["room:*by", "room:lobby", false],
  ["room:**", "room:lobby", false],
  ["room:.*", "room:lobby", false],
])("AUTH-5 %j and %j: %s", (pattern, address, matches) => {
  expect(matchesPattern(pattern, address)).toBe(matches);
});
