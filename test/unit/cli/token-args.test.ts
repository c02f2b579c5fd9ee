import { describe, expect, test } from "vitest";
import { readTokenArguments } from "../../../src/cli/token-args.ts";

const all = { "room:*": ["*"] };
const ttl = 12 * 3600;

describe("what is understood", () => {
  test.each<[string[], object]>([
    [["alice", "room:*"], { user: "alice", capabilities: all, ttl }],
    [["alice", "*"], { user: "alice", capabilities: { "*": ["*"] }, ttl }],
    [["alice", "ro*"], { user: "alice", capabilities: { "ro*": ["*"] }, ttl }],
    [
      ["alice", "room:a=subscribe,publish"],
      { user: "alice", capabilities: { "room:a": ["subscribe", "publish"] }, ttl },
    ],
    [["alice", "room:a=b=*"], { user: "alice", capabilities: { "room:a=b": ["*"] }, ttl }],
    [
      ["alice", "room:support-*=subscribe", "user:bob=publish"],
      { user: "alice", capabilities: { "room:support-*": ["subscribe"], "user:bob": ["publish"] }, ttl },
    ],
    [
      ["alice", "room:a=subscribe", "room:a=publish,subscribe"],
      { user: "alice", capabilities: { "room:a": ["subscribe", "publish"] }, ttl },
    ],
    [["--ttl", "90s", "alice", "room:*"], { user: "alice", capabilities: all, ttl: 90 }],
    [["alice", "room:*", "--ttl=30m"], { user: "alice", capabilities: all, ttl: 1800 }],
    [["alice", "room:*", "--ttl", "24h"], { user: "alice", capabilities: all, ttl: 86_400 }],
    [
      ["alice", "room:*", "--info", '{"name":"Alice"}'],
      { user: "alice", capabilities: all, ttl, info: { name: "Alice" } },
    ],
  ])("%j", (args, expected) => {
    expect(readTokenArguments(args)).toEqual(expected);
  });
});

describe("what is not", () => {
  const channel = /^A channel is/;
  const operation = /^After "=" come operations/;
  const life = /^--ttl is/;
  const info = /^--info is/;
  test.each<[string[], RegExp]>([
    [[], /^Say for which user/],
    [["alice"], /^Say for which channels/],
    [["a b", "room:*"], /^A user is/],
    [["..", "room:*"], /^A user is/],
    [["server", "room:*"], /keeps for itself/],
    [["guest-1", "room:*"], /keeps for itself/],
    [["alice", "lobby"], channel],
    [["alice", "room:"], channel],
    [["alice", "room:a*b"], channel],
    [["alice", "hall:*"], channel],
    [["alice", ""], channel],
    [["alice", "room:*=subscrbe"], operation],
    [["alice", "room:*="], operation],
    [["alice", "room:a=b"], operation],
    [["alice", "room:*=subscribe, publish"], operation],
    [["alice", "room:*", "--ttl", "25h"], life],
    [["alice", "room:*", "--ttl", "0s"], life],
    [["alice", "room:*", "--ttl", "12"], life],
    [["alice", "room:*", "--ttl", "1e3s"], life],
    [["alice", "room:*", "--info", "Alice"], info],
    [["alice", "room:*", "--info", "[]"], info],
    [["alice", "room:*", "--info", JSON.stringify({ name: "x".repeat(1024) })], info],
    [["alice", "room:*", "--tll", "1h"], /--tll/],
  ])("%j", (args, sentence) => {
    expect(() => readTokenArguments(args)).toThrow(sentence);
  });
});
