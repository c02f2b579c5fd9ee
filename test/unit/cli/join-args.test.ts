import { describe, expect, test } from "vitest";
import { readJoinArguments } from "../../../src/cli/join-args.ts";

const plain = { room: "lobby", user: "alice", url: null, token: null, rewind: 10, after: null };

describe("what is understood", () => {
  test.each<[string[], object]>([
    [["lobby", "alice"], plain],
    [["room:lobby", "alice"], plain],
    [["lobby", "--token", "a.b.c-_"], { ...plain, user: null, token: "a.b.c-_" }],
    [["lobby", "alice", "--rewind", "0"], { ...plain, rewind: 0 }],
    [["lobby", "alice", "--rewind", "1000"], { ...plain, rewind: 1000 }],
    [["lobby", "alice", "--after", "k3f9x2ab-42"], { ...plain, after: "k3f9x2ab-42" }],
    [["lobby", "alice", "--url", "https://example.org/x"], { ...plain, url: "https://example.org/x" }],
    [["lobby", "alice", "--url", "wss://example.org"], { ...plain, url: "https://example.org" }],
  ])("%j", (args, expected) => {
    expect(readJoinArguments(args)).toEqual(expected);
  });
});

describe("what is not", () => {
  test.each<[string[], RegExp]>([
    [[], /^Say which room/],
    [["lobby"], /^Say who you are/],
    [["lobby", "alice", "bob"], /^One room/],
    [["a/b", "alice"], /^A room is/],
    [["room:", "alice"], /^A room is/],
    [["lobby", "al ice"], /^A user is/],
    [["lobby", "alice", "--rewind", "1001"], /^--rewind is/],
    [["lobby", "alice", "--rewind=-1"], /^--rewind is/],
    [["lobby", "alice", "--rewind", ""], /^--rewind is/],
    [["lobby", "alice", "--after", "42"], /^--after is/],
    [["lobby", "alice", "--after", "k3f9x2ab-42", "--rewind", "1"], /exclude/],
    [["lobby", "alice", "--url", "localhost:8787"], /^--url is/],
    [["lobby", "alice", "--token", "secret"], /^--token is/],
    [["lobby", "alice", "--user", "bob"], /--user/],
  ])("%j", (args, sentence) => {
    expect(() => readJoinArguments(args)).toThrow(sentence);
  });
});
