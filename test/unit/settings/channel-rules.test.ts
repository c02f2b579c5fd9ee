import { describe, expect, test } from "vitest";
import { operationsFor } from "../../../src/auth/capabilities.ts";
import { readRules, ruleFor } from "../../../src/channel-rules.ts";
import { SETTINGS } from "../../../src/config.ts";
import { OPERATIONS, type Operation } from "../../../src/protocol/operations.ts";
import { settingsOf } from "../../../src/settings.ts";

const rulesOf = (...rules: object[]) => {
  const { rules: read, problems } = readRules(JSON.stringify(rules));
  expect(problems).toEqual([]);
  return read;
};
const setOf = (...names: Operation[]) => names.reduce((set, name) => set | OPERATIONS[name], 0);
const problemsOf = (text: string) => readRules(text).problems;

describe("the rule that counts", () => {
  const rules = rulesOf(
    { match: "room:public-vip", anonymous: [] },
    { match: "room:public-*", anonymous: ["subscribe"], retention: { messages: 10 } },
    { match: "room:*", retention: { age: "1h" } },
    { match: "user:*", retention: { messages: 5 } },
    { match: "*", anonymous: ["history"] },
  );

  test.each<[string, number]>([
    ["room:public-vip", 0],
    ["room:public-vip2", 1],
    ["room:public-", 1],
    ["room:public", 2],
    ["room:Public-x", 2],
    ["room:x:public-y", 2],
    ["user:public-x", 3],
  ])("RULES-1: for %s it is the first that fits (%i)", (address, index) => {
    expect(ruleFor(rules, address)).toBe(rules[index]);
  });

  test("RULES-1: without one that fits nothing is given and nothing replaced", () => {
    expect(ruleFor(rulesOf({ match: "room:a", anonymous: ["publish"] }), "room:b")).toMatchObject({
      anonymous: 0,
      retention: {},
    });
    expect(readRules(undefined)).toEqual({ rules: [], problems: [] });
    expect(readRules(" \n")).toEqual({ rules: [], problems: [] });
    expect(readRules("[]")).toEqual({ rules: [], problems: [] });
  });

  test("RULES-2: anybody has its operations, with a token that grants others, or nothing, or as a guest", () => {
    const open = rulesOf({ match: "room:open", anonymous: ["subscribe", "publish"] });
    const guest = { user: "guest-1", kind: "guest", capabilities: {} } as const;
    const known = { user: "bob", kind: "user", capabilities: { "room:*": ["history"] } } as const;
    expect(operationsFor(guest, open, "room:open")).toBe(setOf("subscribe", "publish"));
    expect(operationsFor(known, open, "room:open")).toBe(setOf("subscribe", "publish", "history"));
    expect(operationsFor(guest, open, "room:other")).toBe(0);
    expect(operationsFor(known, open, "room:other")).toBe(setOf("history"));
  });

  test("RULES-2 GUEST-1: a guest has no inbox of the name it was given", () => {
    const guest = { user: "guest-1", kind: "guest", capabilities: {} } as const;
    expect(operationsFor(guest, [], "user:guest-1")).toBe(0);
  });

  test("RULES-3: retention is replaced where it is given, in whatever unit", () => {
    for (const [age, ms] of [
      ["90s", 90_000],
      ["5m", 300_000],
      ["1h", 3_600_000],
      ["30d", 2_592_000_000],
    ] as const)
      expect(ruleFor(rulesOf({ match: "*", retention: { age } }), "room:a").retention).toEqual({ age: ms });
    expect(rulesOf({ match: "*", retention: { messages: 1, bytes: 2048 } })[0]?.retention).toEqual({
      messages: 1,
      bytes: 2048,
    });
  });
});

describe("a wrong rule", () => {
  test.each(["{", "null", "7", '"room:*"', '{"match":"*"}', "[{]", "undefined"])(
    "RULES-1 CONFIG-1: %s is a sentence",
    (text) => {
      expect(problemsOf(text)).toEqual([expect.stringMatching(/^CHANNEL_RULES must be a JSON array/)]);
    },
  );

  test.each<[string, unknown]>([
    ["null", null],
    ["a text", "room:*"],
    ["a list", ["room:*"]],
    ["no match", { anonymous: ["subscribe"] }],
    ["an empty match", { match: "" }],
    ["a match that is a list", { match: ["room:a"] }],
    ["a kind alone", { match: "room" }],
    ["an unknown kind", { match: "group:*" }],
    ["no kind", { match: "lobby" }],
    ["a star in the middle", { match: "room:*-public" }],
    ["two stars", { match: "room:**" }],
    ["a slash", { match: "room:a/b" }],
    ["a space", { match: "room: a" }],
    ["a line feed at its end", { match: "room:a\n" }],
    ["one operation as a text", { match: "*", anonymous: "subscribe" }],
    ["an unknown operation", { match: "*", anonymous: ["subscribe", "read"] }],
    ["an operation in capitals", { match: "*", anonymous: ["Subscribe"] }],
    ["admin for anybody", { match: "*", anonymous: ["admin"] }],
    ["everything for anybody", { match: "*", anonymous: ["*"] }],
    ["an operation by nature", { match: "*", anonymous: ["__proto__"] }],
    ["anonymous true", { match: "*", anonymous: true }],
    ["anonymous null", { match: "*", anonymous: null }],
    ["retention as a number", { match: "*", retention: 1000 }],
    ["retention null", { match: "*", retention: null }],
    ["an age without a unit", { match: "*", retention: { age: "60" } }],
    ["an age as a number", { match: "*", retention: { age: 3600 } }],
    ["an age of 0", { match: "*", retention: { age: "0h" } }],
    ["an age of a half", { match: "*", retention: { age: "1.5h" } }],
    ["an age of weeks", { match: "*", retention: { age: "2w" } }],
    ["an age below 0", { match: "*", retention: { age: "-1h" } }],
    ["no messages", { match: "*", retention: { messages: 0 } }],
    ["half a message", { match: "*", retention: { messages: 1.5 } }],
    ["messages as a text", { match: "*", retention: { messages: "100" } }],
    ["bytes below 0", { match: "*", retention: { bytes: -1 } }],
    ["more messages than may be kept", { match: "*", retention: { messages: SETTINGS.RETAIN_MESSAGES.max + 1 } }],
    ["more bytes than may be kept", { match: "*", retention: { bytes: SETTINGS.RETAIN_BYTES.max + 1 } }],
    ["fewer bytes than may be kept", { match: "*", retention: { bytes: SETTINGS.RETAIN_BYTES.min - 1 } }],
    ["a longer age than may be", { match: "*", retention: { age: "367d" } }],
    ["an age beyond all numbers", { match: "*", retention: { age: "999999999d" } }],
  ])(
    "RULES-1 CONFIG-1: with %s it is a sentence that names the entry, and none of the rules is used",
    (_what, rule) => {
      const text = JSON.stringify([{ match: "room:fine" }, rule]);
      expect(problemsOf(text)).toEqual([expect.stringMatching(/^CHANNEL_RULES, entry 2: .+\.$/)]);
      const settings = settingsOf({ AUTH_SECRET: "s".repeat(32), CHANNEL_RULES: text });
      expect(settings).toMatchObject({ problem: expect.stringContaining("CHANNEL_RULES") });
    },
  );

  test("RULES-1 CONFIG-1: of several each is named", () => {
    expect(problemsOf('[1,{"match":"*"},{"match":"x"}]')).toEqual([
      expect.stringMatching(/entry 1/),
      expect.stringMatching(/entry 3/),
    ]);
  });
});
