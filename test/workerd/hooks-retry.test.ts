import { afterEach, expect, test } from "vitest";
import { type HookMessage, type Hooks, hooks } from "../../src/hooks.ts";
import type { Json } from "../../src/protocol/json.ts";
import { connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";

afterEach(() => {
  delete hooks.beforePublish;
});

let stamps = 0;
type Fields = Record<string, Json>;
const fieldsOf = ({ data }: HookMessage) => data as Fields;

/** Ways to put a stamp on a message that are another each time. */
const STAMPING: [string, Hooks["beforePublish"]][] = [
  ["makes another message", ({ event, data }) => ({ event, data: { ...(data as Fields), stamp: ++stamps } })],
  [
    "makes another message, late",
    async ({ event, data }) => ({ event, data: { ...(data as Fields), stamp: ++stamps } }),
  ],
  [
    "writes into the data it was given",
    (message) => {
      fieldsOf(message).stamp = ++stamps;
      return message;
    },
  ],
  [
    "writes into the data it was given, late",
    async (message) => {
      await Promise.resolve();
      fieldsOf(message).stamp = ++stamps;
      return message;
    },
  ],
  [
    "writes into the message it was given",
    (message) => Object.assign(message, { event: "stamped", data: { ...fieldsOf(message), stamp: ++stamps } }),
  ],
  ["changes the event", ({ data }) => ({ event: `stamp-${++stamps}`, data })],
];

test.each(STAMPING)(
  "HOOK-1 MSG-5: with a hook that %s a retry is a duplicate, and another message is a conflict",
  async (_how, hook) => {
    if (hook !== undefined) hooks.beforePublish = hook;
    const room = new Room("retry");
    const bob = await connect(room, { user: "bob" });
    const publish = (text: string, id = "1") => bob.request({ type: "publish", id, event: "say", data: { text } });
    expect(await publish("x")).toMatchObject({ type: "ack", seq: 1 });
    expect(await publish("x")).toMatchObject({ type: "ack", seq: 1, duplicate: true });
    expect(await publish("y")).toMatchObject({ type: "error", code: "id_conflict" });
    const token = await tokenFor("bob");
    const body = { id: "1", event: "say", data: { text: "x" } };
    expect(await room.publish(body, { token })).toMatchObject({ status: 200, body: { seq: 1, duplicate: true } });
    expect(await room.publish({ ...body, event: "cry" }, { token })).toMatchObject({ status: 409 });
    await room.hibernate();
    expect(await publish("x")).toMatchObject({ type: "ack", seq: 1, duplicate: true });
    expect((await room.call("GET", "messages")).body.messages).toHaveLength(1);
  },
);

test("HOOK-1 PUBLISH-2: an array of which one is refused, or fails, is not published at all, wherever it stands", async () => {
  hooks.beforePublish = async (message) => {
    if (message.data === "bad") return { refuse: "Be kind." };
    if (message.data === "broken") throw new Error("made by a test");
    return message;
  };
  const room = new Room("array");
  for (const [word, status] of [
    ["bad", 403],
    ["broken", 500],
  ] as const)
    for (const at of [0, 1, 4]) {
      const body = ["a", "b", "c", "d"].toSpliced(at, 0, word).map((data, n) => ({ data, id: `${word}-${at}-${n}` }));
      expect((await room.publish(body)).status).toBe(status);
    }
  expect((await room.call("GET", "messages")).body).toMatchObject({
    messages: [],
    cursor: expect.stringMatching(/-0$/),
  });
  expect(await room.publish(["a", "b"].map((data) => ({ data })))).toMatchObject({ status: 201 });
});

test("HOOK-1 ADMIN-1: a message that waits for its hook while the log is cleared is in the new one, and is acknowledged", async () => {
  let release = () => {};
  hooks.beforePublish = async (message, { user }) => {
    if (user === "bob") await new Promise<void>((resolve) => (release = resolve));
    return message;
  };
  const room = new Room("cleared");
  const before = (await room.publish({ data: "old" })).body.cursor;
  const bob = await connect(room, { user: "bob" });
  const asked = bob.request({ type: "publish", event: "say", data: "new", id: "1" });
  await bob.until(() => bob.frames.length > 0, "the welcome");
  expect((await room.call("DELETE", "messages")).status).toBe(204);
  await room.inside(() => release());
  const ack = await asked;
  expect(ack).toMatchObject({ type: "ack", seq: 1 });
  expect(ack.cursor).not.toContain(before.split("-")[0]);
  expect((await room.call("GET", "messages")).body.messages).toMatchObject([{ data: "new", seq: 1 }]);
});

test("HOOK-1 ADMIN-2: a message that waits for its hook while its sender is thrown out is nowhere", async () => {
  let release = () => {};
  hooks.beforePublish = (message) => new Promise((resolve) => (release = () => resolve(message)));
  const room = new Room("kicked");
  const bob = await connect(room, { user: "bob" });
  bob.send({ type: "publish", event: "say", data: "late", ref: "p" });
  await room.wake();
  expect((await room.call("DELETE", "connections")).body).toEqual({ closed: 1 });
  await room.inside(() => release());
  expect(await bob.ended()).toEqual({ code: 4403, reason: "forbidden" });
  expect(bob.answers()).toEqual([]);
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
});

test("HOOK-1 MSG-6: what a hook makes of a message has the same limit", async () => {
  hooks.beforePublish = ({ event }) => ({ event, data: "x".repeat(65_535) });
  const room = new Room("grown");
  const bob = await connect(room, { user: "bob" });
  expect(await bob.request({ type: "publish", event: "say", data: 1 })).toMatchObject({ code: "too_large" });
  expect((await room.publish({ data: 1 })).status).toBe(413);
});

test("HOOK-1 PUBLISH-3: over HTTP the application is not asked about what is above the rate", async () => {
  let asked = 0;
  hooks.beforePublish = (message) => {
    asked++;
    return message;
  };
  const room = new Room("rate");
  const token = await tokenFor("bob");
  const array = Array.from({ length: 100 }, () => ({ data: 1 }));
  for (let n = 0; n < 20; n++) await room.publish(array, { token });
  expect(asked).toBeLessThan(500);
});
