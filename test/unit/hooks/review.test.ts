import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Identity } from "../../../src/core/identity.ts";
import { hooks, type Who } from "../../../src/hooks.ts";
import { admit, review } from "../../../src/object/review.ts";
import { ALL_OPERATIONS } from "../../../src/protocol/operations.ts";

const draft = { id: "1", event: "say", data: { text: "hello" } };
const bob: Identity = {
  user: "bob",
  kind: "user",
  operations: ALL_OPERATIONS,
  issuedAt: null,
  expires: null,
  info: { name: "Bob" },
};
const SECOND = 1000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  delete hooks.beforePublish;
  delete hooks.onConnect;
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("HOOK-1 HOOK-4: without hooks a message is as it was sent, at once, and everybody is let in", async () => {
  expect(review(draft, bob, "room:lobby")).toBe(draft);
  expect(await admit(bob, "room:lobby")).toBeNull();
});

test("HOOK-1: a hook is told what is said, by whom and where, and nothing else", () => {
  const told: [unknown, Who][] = [];
  hooks.beforePublish = (message, who) => {
    told.push([structuredClone(message), who]);
    return message;
  };
  review(draft, bob, "room:lobby");
  review(draft, { ...bob, kind: "guest", user: "guest-1", info: null }, "user:x");
  expect(told).toEqual([
    [
      { event: "say", data: { text: "hello" } },
      { channel: "room:lobby", user: "bob", kind: "user", info: { name: "Bob" } },
    ],
    [
      { event: "say", data: { text: "hello" } },
      { channel: "user:x", user: "guest-1", kind: "guest", info: null },
    ],
  ]);
});

test("HOOK-2: the answer is a promise only if the hook's is: others cost no turn", () => {
  hooks.beforePublish = (message) => message;
  expect(review(draft, bob, "room:lobby")).not.toBeInstanceOf(Promise);
  hooks.beforePublish = async (message) => message;
  expect(review(draft, bob, "room:lobby")).toBeInstanceOf(Promise);
});

test("HOOK-3: a hook has exactly 10 s, and leaves no timer behind when it is quicker", async () => {
  const answers: unknown[] = [];
  hooks.beforePublish = () => new Promise(() => {});
  void Promise.resolve(review(draft, bob, "room:lobby")).then((verdict) => answers.push(verdict));
  await vi.advanceTimersByTimeAsync(10 * SECOND - 1);
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(answers).toMatchObject([{ code: "internal" }]);
  hooks.beforePublish = async (message) => message;
  await review(draft, bob, "room:lobby");
  hooks.beforePublish = () => Promise.reject(new Error("made by a test"));
  await review(draft, bob, "room:lobby");
  expect(vi.getTimerCount()).toBe(0);
});

test("HOOK-3 LOG-1: a hook that fails is one line for the operator, without the message", async () => {
  hooks.beforePublish = () => Promise.reject(new Error("made by a test"));
  await review({ ...draft, data: "a secret" }, bob, "room:lobby");
  hooks.beforePublish = () => 42 as never;
  await review({ ...draft, data: "a secret" }, bob, "room:lobby");
  const lines = vi.mocked(console.error).mock.calls.map(([line]) => line as string);
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ event: "hook_failed", error: expect.any(String) });
    expect(line).not.toMatch(/a secret|bob|lobby/);
  }
});

test("HOOK-2: a thenable that is no Promise is awaited as one", async () => {
  // biome-ignore lint/suspicious/noThenProperty: libraries for databases answer with such
  hooks.beforePublish = (message) => ({ then: (done: (value: unknown) => void) => done(message) }) as never;
  expect(await review(draft, bob, "room:lobby")).toMatchObject({ event: "say", data: draft.data });
});

test("HOOK-1 MSG-5: what the publisher sent is kept apart from what the hook makes of it", async () => {
  hooks.beforePublish = ({ data }) => {
    (data as { stamp?: number }).stamp = 1;
    return { event: "said", data };
  };
  const verdict = await review({ id: "1", event: "say", data: { text: "hello" } }, bob, "room:lobby");
  expect(verdict).toEqual({
    ...{ id: "1", event: "said", data: { text: "hello", stamp: 1 } },
    original: expect.objectContaining({ event: "say", data: { text: "hello" } }),
  });
});

test("HOOK-4: onConnect has exactly 10 s too", async () => {
  const answers: unknown[] = [];
  hooks.onConnect = () => new Promise(() => {});
  void admit(bob, "room:lobby").then((verdict) => answers.push(verdict));
  await vi.advanceTimersByTimeAsync(10 * SECOND - 1);
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(answers).toMatchObject([{ code: "overloaded", retryAfter: expect.any(Number) }]);
});
