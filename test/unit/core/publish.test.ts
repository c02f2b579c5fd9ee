import fc from "fast-check";
import { expect, test } from "vitest";
import type { Draft } from "../../../src/core/publish.ts";
import type { Json } from "../../../src/protocol/json.ts";
import { anyJson } from "../../support/any-text.ts";
import { holds } from "../../support/property.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const MESSAGE = { id: null, event: "message", data: null };

function publisherOf(world: TestChannel) {
  const author = (user: string) => ({ user, userJson: JSON.stringify(user), session: null });
  return (draft: Partial<Draft>, user = "alice") =>
    world.turn(({ channel }) => channel.publisher.accept({ ...MESSAGE, ...draft }, author(user), world.now));
}

function world(settings = {}) {
  const channel = new TestChannel(settings);
  return { channel, publish: publisherOf(channel) };
}

const logged = (channel: TestChannel) => channel.history().messages;

test("MSG-2 messages are numbered in the order in which they came, over flushes and sleeps", () => {
  const { channel, publish } = world();
  expect([publish({}), publish({})]).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  channel.run("flush");
  expect(publish({})).toMatchObject({ seq: 3 });
  channel.run("flush");
  channel.hibernate();
  expect(publish({})).toMatchObject({ seq: 4 });
  channel.run("flush");
  expect(logged(channel).map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4]);
});

test("MSG-1 a message is what its publisher gave and what the service knows", () => {
  const { channel, publish } = world();
  expect(publish({ id: "m1", event: "note", data: { a: 1 } })).toEqual({
    seq: 1,
    id: "m1",
    at: START,
    duplicate: false,
  });
  expect(publish({ event: "note" }, "bob")).toEqual({ seq: 2, id: "made-1", at: START, duplicate: false });
  channel.run("flush");
  expect(logged(channel)).toEqual([
    { seq: 1, id: "m1", user: "alice", at: START, event: "note", data: { a: 1 } },
    { seq: 2, id: "made-1", user: "bob", at: START, event: "note", data: null },
  ]);
});

test("MSG-2 the time of a message never decreases, though the clock does", () => {
  const { channel, publish } = world();
  publish({});
  channel.now = START - 5000;
  expect(publish({})).toMatchObject({ at: START });
  channel.run("flush");
  channel.hibernate();
  expect(publish({})).toMatchObject({ at: START });
  channel.now = START + 1;
  expect(publish({})).toMatchObject({ at: START + 1 });
});

test("MSG-3 what waits is not in the log: no head, cursor or page speaks of it", () => {
  const { channel, publish } = world();
  publish({});
  channel.run("flush");
  publish({});
  expect(channel.log.head?.seq).toBe(1);
  expect(channel.history()).toMatchObject({ messages: [{ seq: 1 }], cursor: "epoch001-1", more: false });
  expect(channel.connect("bob").news()[0]).toMatchObject({ type: "welcome", cursor: "epoch001-1", resume: "live" });
});

test("MSG-5 the same id, event and data are one message: waiting, written, and after a wake", () => {
  const { channel, publish } = world();
  const draft = { id: "m1", data: ["a", { b: 1 }] };
  const first = { seq: 1, id: "m1", at: START };
  expect(publish(draft)).toEqual({ ...first, duplicate: false });
  expect(publish(draft)).toEqual({ ...first, duplicate: true });
  channel.run("flush");
  channel.now += 60_000;
  expect(publish(draft)).toEqual({ ...first, duplicate: true });
  channel.hibernate();
  expect(publish(draft)).toEqual({ ...first, duplicate: true });
  channel.crash();
  expect(publish(draft)).toEqual({ ...first, duplicate: true });
  expect(publish({ id: "m2" })).toMatchObject({ seq: 2, duplicate: false });
});

test.each<[string, Partial<Draft>]>([
  ["data", { data: 2 }],
  ["event", { event: "other" }],
  ["order of its fields", { data: { b: 1, a: 1 } }],
])("MSG-5 the same id with another %s is a conflict: waiting, written, and after a wake", (_what, other) => {
  const { channel, publish } = world();
  const draft = { id: "m1", data: { a: 1, b: 1 } };
  publish(draft);
  const conflict = { code: "id_conflict" };
  expect(publish({ ...draft, ...other })).toMatchObject(conflict);
  channel.run("flush");
  expect(publish({ ...draft, ...other })).toMatchObject(conflict);
  channel.hibernate();
  expect(publish({ ...draft, ...other })).toMatchObject(conflict);
  expect(publish(draft)).toMatchObject({ seq: 1, duplicate: true });
});

test("MSG-5 another user may use the same id, and no two users and ids are one", () => {
  const { publish } = world();
  const authors: [string, string][] = [
    ["alice", "m1"],
    ["bob", "m1"],
    ["a", "b:c"],
    ["a:b", "c"],
    ["a", "b c"],
  ];
  const receipts = authors.map(([user, id]) => publish({ id }, user));
  expect(receipts).toMatchObject(authors.map((_, index) => ({ seq: index + 1, duplicate: false })));
});

test("MSG-5 an id that the service made is no id that a publisher chose", () => {
  const { channel, publish } = world();
  publish({});
  channel.run("flush");
  expect(publish({ id: "made-1" })).toMatchObject({ seq: 2, duplicate: false });
});

test("MSG-5 an id whose message is no longer retained is free, and then taken again", () => {
  const { channel, publish } = world({ RETAIN_MESSAGES: 2 });
  publish({ id: "m1" });
  channel.run("flush");
  for (const id of ["m2", "m3"]) publish({ id });
  // As long as those wait, the first is retained.
  expect(publish({ id: "m1" })).toMatchObject({ seq: 1, duplicate: true });
  channel.run("flush");
  expect(publish({ id: "m1", data: "new" })).toMatchObject({ seq: 4, duplicate: false });
  channel.run("flush");
  channel.hibernate();
  expect(publish({ id: "m1", data: "new" })).toMatchObject({ seq: 4, duplicate: true });
});

test("MSG-5 an id is free when its message has expired by age", () => {
  const { channel, publish } = world({ RETAIN_AGE: 1000 });
  publish({ id: "m1" });
  channel.run("flush");
  channel.now += 1000;
  expect(publish({ id: "m1" })).toMatchObject({ seq: 1, duplicate: true });
  channel.now += 1;
  expect(publish({ id: "m1" })).toMatchObject({ seq: 2, duplicate: false });
});

test.each<[string, Json]>([
  ["ASCII", "x".repeat(98)],
  ["two bytes", "é".repeat(49)],
  ["three bytes", `${"€".repeat(32)}xx`],
  ["four bytes", `${"😀".repeat(24)}xx`],
  ["an escaped surrogate", `${"\ud800".repeat(16)}xx`],
  ["an array", [1, "é".repeat(47)]],
])("MSG-6 data may be as large as said, to the byte: %s", (_what, data) => {
  expect(Buffer.byteLength(JSON.stringify(data))).toBe(100);
  expect(world({ MESSAGE_DATA_BYTES: 100 }).publish({ data })).toMatchObject({ seq: 1 });
  expect(world({ MESSAGE_DATA_BYTES: 99 }).publish({ data })).toMatchObject({ code: "too_large" });
});

test("PUBLISH-3 so many messages may wait, and no more; a duplicate of one still goes through", () => {
  const { channel, publish } = world({ PENDING_MESSAGES: 3 });
  for (const id of ["1", "2", "3"]) publish({ id });
  expect(publish({ id: "4" })).toMatchObject({ code: "overloaded", retryAfter: 1000 });
  expect(publish({ id: "2" })).toMatchObject({ seq: 2, duplicate: true });
  channel.run("flush");
  expect(publish({ id: "4" })).toMatchObject({ seq: 4 });
});

test("PUBLISH-3 so many bytes may wait, and no more", () => {
  const { channel, publish } = world({ PENDING_BYTES: 10_000 });
  const draft = { data: "é".repeat(2000) };
  expect([publish(draft), publish(draft)]).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  expect(publish(draft)).toMatchObject({ code: "overloaded" });
  expect(publish({ data: "x".repeat(500) })).toMatchObject({ seq: 3 });
  channel.run("flush");
  expect(publish(draft)).toMatchObject({ seq: 4 });
});

test("MSG-1 JSON-1 the text is what JSON makes of it, and its bytes are counted exactly", () => {
  const anyId = fc.stringMatching(/^[ -~]{1,64}$/);
  holds(
    fc.property(anyJson, anyId, (value, id) => {
      const { channel, publish } = world();
      const data = value as Json;
      publish({ id, data });
      const [waiting] = channel.channel.publisher.batch.entries;
      const expected = { seq: 1, id, user: "alice", at: START, event: "message", data };
      expect(waiting?.text).toBe(JSON.stringify(expected));
      expect(waiting?.bytes).toBe(Buffer.byteLength(JSON.stringify(expected)));
    }),
    200,
  );
});
