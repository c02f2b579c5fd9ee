import { expect, test } from "vitest";
import { EdgewireError, EdgewireServer } from "../../src/server/index.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const service = useService();
const library = () => new EdgewireServer({ url: service.origin(), apiKey, secret: authSecret });

test("a backend's token opens a room, and what the backend publishes comes through", async () => {
  const server = library();
  const room = uniqueRoom("sdk");
  const token = await server.token("alice", { "room:sdk-*": ["subscribe", "presence"] }, { info: { name: "Alice" } });
  const alice = await service.join("alice", room, {}, { token });
  const receipt = await server.publish(`room:${room}`, { n: 1 }, { event: "score", id: "first", user: "bob" });
  await alice.until(({ messages }) => messages.length === 1, "the message");
  expect(alice.messages).toMatchObject([{ seq: 1, id: "first", user: "bob", event: "score", data: { n: 1 } }]);
  expect(receipt).toMatchObject({ seq: 1, id: "first", cursor: expect.stringMatching(/-1$/) });
  expect(await server.members(`room:${room}`)).toMatchObject({
    count: 1,
    members: [{ user: "alice", info: { name: "Alice" } }],
  });
});

test("history goes back page by page, and one message goes to many", async () => {
  const server = library();
  const [a, b] = [uniqueRoom("sdk"), uniqueRoom("sdk")];
  for (const n of [1, 2, 3]) await server.publish(`room:${a}`, n);
  const last = await server.history(`room:${a}`, { limit: 2 });
  expect(last.messages.map(({ data }) => data)).toEqual([2, 3]);
  const before = await server.history(`room:${a}`, { before: `${last.cursor.split("-")[0]}-2` });
  expect(before).toMatchObject({ messages: [{ data: 1 }], more: false });
  const results = await server.publishMany([`room:${a}`, `room:${b}`, "user:carol"], "to all");
  expect(results).toMatchObject({ [`room:${a}`]: { seq: 4 }, [`room:${b}`]: { seq: 1 }, "user:carol": { seq: 1 } });
});

test("who is online is known; a kick is no log-out, a log-out is for good", async () => {
  const server = library();
  const room = uniqueRoom("sdk");
  const user = uniqueRoom("dave");
  const token = await server.token(user, { "room:*": ["subscribe", "presence"] });
  const dave = await service.join(user, room, {}, { token });
  expect(await server.presence({ users: [user, "nobody-at-all"], rooms: [room] })).toMatchObject({
    users: { [user]: { online: true }, "nobody-at-all": { online: false, lastSeen: null } },
    rooms: { [room]: { count: 1 } },
  });
  expect(await server.kick(`room:${room}`, user)).toBe(1);
  await until(() => !dave.isOpen, { what: "the kick" });
  const again = await service.join(user, room, {}, { token });
  expect(await server.disconnect(user)).toBe(1);
  await until(() => !again.isOpen, { what: "the log-out" });
  expect((await service.room("GET", room, "presence", { token })).status).toBe(401);
});

test("a refusal has the service's code", async () => {
  const server = library();
  const room = `room:${uniqueRoom("sdk")}`;
  await server.publish(room, 1, { id: "x" });
  await expect(server.publish(room, 2, { id: "x" })).rejects.toMatchObject({ code: "id_conflict", status: 409 });
  const stranger = new EdgewireServer({ url: service.origin(), apiKey: "k".repeat(40) });
  const refused = await stranger.publish(room, 1).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(EdgewireError);
  expect(refused).toMatchObject({ code: "unauthenticated", retryable: false });
});

test("a publish that meets a service that is not there waits for nobody for ever", async () => {
  const nowhere = new EdgewireServer({ url: "http://127.0.0.1:9", apiKey, sleep: async () => {} });
  await expect(nowhere.publish("room:lobby", 1)).rejects.toMatchObject({ code: "unreachable", retryable: true });
});
