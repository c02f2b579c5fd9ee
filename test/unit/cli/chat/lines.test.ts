import { describe, expect, test } from "vitest";
import { gapLine, messageLine, presenceLines, welcomeLine } from "../../../../src/cli/chat/lines.ts";

const message = { seq: 1, id: "1", user: "bob", at: 0, event: "message" };
const member = (user: string) => ({ user, data: null, since: 0, connections: 1 });

describe("what other programs publish is shown", () => {
  test.each([
    [{ data: "text" }, "bob: text"],
    [{ data: { text: "hi" } }, "bob: hi"],
    [{ data: { x: 1 } }, 'bob: {"x":1}'],
    [{ data: null }, "bob: null"],
    [{ data: { text: "hi" }, event: "note" }, "bob: [note] hi"],
  ])("%j", (fields, line) => {
    expect(messageLine({ ...message, ...fields })).toBe(line);
  });
});

test("who is there, and how many more", () => {
  const members = [member("alice"), member("bob")];
  expect(welcomeLine({ user: "alice", members, count: 2 }, "lobby")).toBe(
    "You are alice in room:lobby. Here: alice, bob.",
  );
  expect(welcomeLine({ user: "alice", members, count: 7 }, "lobby")).toBe(
    "You are alice in room:lobby. Here: alice, bob and 5 more.",
  );
});

test("who came and went", () => {
  expect(presenceLines({ joined: [member("eve")], left: [{ user: "bob" }] })).toEqual(["eve joined.", "bob left."]);
});

test.each(["expired", "epoch", "ahead", "added later"])("a gap (%s) is one line", (reason) => {
  const gap = { after: "k3f9x2ab-1", oldest: null, reason } as Parameters<typeof gapLine>[0];
  expect(gapLine(gap)).toMatch(/^[A-Z][^\n]+\.$/);
});
