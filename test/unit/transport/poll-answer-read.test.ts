import { expect, test } from "vitest";
import { PollAnswer } from "../../../src/transport/poll-answer.ts";

const WELCOME = { type: "welcome", channel: "user:alice", user: "alice", cursor: "epoch001-5", resume: "live" };
const INBOX = { read: "epoch001-2", unread: 3 };

/** What a poll after the fifth message answers to these frames. */
function answerTo(...frames: object[]) {
  const answer = new PollAnswer({ epoch: "epoch001", seq: 5 }, "c1");
  for (const frame of frames) answer.take(JSON.stringify(frame));
  return { isReady: answer.isReady, body: JSON.parse(answer.toJson()) };
}

const messages = (first: number, ...users: string[]) => {
  const all = users.map((user, n) => ({ seq: first + n, id: `m${n}`, user, at: 5, event: "message", data: null }));
  return { type: "messages", messages: all };
};

test("INBOX-3 of a room nothing is said of reading", () => {
  const { body } = answerTo({ ...WELCOME, channel: "room:lobby" }, messages(6, "bob"));
  expect(Object.keys(body)).toEqual(["messages", "cursor", "gap", "connection"]);
});

test("INBOX-3 every answer of an inbox says what is read, also one that brings nothing", () => {
  expect(answerTo({ ...WELCOME, ...INBOX })).toMatchObject({ isReady: false, body: { ...INBOX, messages: [] } });
});

test("INBOX-4 what another device reads is an answer", () => {
  const told = { type: "read", cursor: "epoch001-4", unread: 1 };
  const { isReady, body } = answerTo({ ...WELCOME, ...INBOX }, told);
  expect([isReady, body.read, body.unread, body.cursor]).toEqual([true, "epoch001-4", 1, "epoch001-5"]);
});

test.each([
  ["the user", "alice"],
  ["an administrator", "zoe"],
  ["the API_KEY", "server"],
])("INBOX-2 what comes while it waits is counted for the channel's user, polled by %s", (_who, user) => {
  const welcome = { ...WELCOME, ...INBOX, user };
  expect(answerTo(welcome, messages(6, "bob", "alice", "zoe", "server")).body.unread).toBe(6);
  expect(answerTo(welcome, messages(6, "alice"), messages(7, "alice")).body.unread).toBe(3);
});

test("INBOX-2 what was there at the welcome is not counted again when it is replayed", () => {
  const welcome = { ...WELCOME, ...INBOX, resume: "replay", cursor: "epoch001-7" };
  expect(answerTo(welcome, messages(6, "bob", "bob")).body).toMatchObject({ unread: 3, cursor: "epoch001-7" });
});

test("INBOX-4 what comes after another device has read counts on top", () => {
  const told = { type: "read", cursor: "epoch001-6", unread: 0 };
  const { body } = answerTo({ ...WELCOME, ...INBOX }, messages(6, "bob"), told, messages(7, "bob", "alice"));
  expect(body).toMatchObject({ read: "epoch001-6", unread: 1 });
});

test("INBOX-3 ADMIN-1 an inbox that is cleared has nothing unread", () => {
  const gap = { type: "gap", after: "epoch001-5", oldest: null, reason: "epoch", cursor: "epoch002-0" };
  const told = { type: "read", cursor: "epoch002-0", unread: 0 };
  const { body } = answerTo({ ...WELCOME, ...INBOX }, gap, told);
  expect(body).toMatchObject({ cursor: "epoch002-0", read: "epoch002-0", unread: 0, gap: { reason: "epoch" } });
  expect(answerTo({ ...WELCOME, ...INBOX }, gap, told, messages(1, "bob", "alice")).body.unread).toBe(1);
});
