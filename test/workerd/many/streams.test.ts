import { expect, test } from "vitest";
import { Room } from "../support/room.ts";
import { worker } from "../support/service.ts";
import { openStream, type Stream } from "../support/stream.ts";
import { until } from "../support/until.ts";
import { User } from "../support/user.ts";
import { ALL, upTo } from "./support.ts";

const messagesOf = (stream: Stream, room: Room) =>
  stream.dataOf("message").filter(({ channel }) => channel === room.address);

async function follow(
  user: User,
  channels: readonly string[],
  more: {
    headers?: Record<string, string>;
    capabilities?: Record<string, string[]>;
    query?: Record<string, string>;
  } = {},
) {
  const token = await user.token(5, { capabilities: more.capabilities ?? ALL });
  const url = `${user.url("events", more.query)}&${channels.map((each) => `channel=${encodeURIComponent(each)}`).join("&")}`;
  return { url, token };
}

test("SUB-11 a stream of a user follows other channels too, and everything says of which it is", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  await room.fill(3);
  const head = (await room.call("GET", "messages")).body;
  const first = `${head.cursor.split("-")[0]}-1`;
  const { url, token } = await follow(user, [`${room.address}@${first}`, other.address]);
  const stream = await openStream({ url: () => url }, { token });
  await until(() => stream.dataOf("welcome").length === 3, "three welcomes");
  expect(
    stream
      .dataOf("welcome")
      .map(({ channel }) => channel)
      .sort(),
  ).toEqual([other.address, room.address, user.address].sort());
  await until(() => messagesOf(stream, room).length === 2, "the replay");
  await other.publish({ data: "there" });
  await user.publish({ data: "mine" });
  await until(() => stream.dataOf("message").length === 4, "the others");
  expect(messagesOf(stream, room).map(({ seq }) => seq)).toEqual([2, 3]);
  expect(messagesOf(stream, other)).toMatchObject([{ data: "there" }]);
  expect(stream.dataOf("message").map(({ channel }) => channel)).toContain(user.address);
  await stream.cancel();
});

test("SUB-12 the last id resumes all of them", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  const channels = [room.address, other.address];
  const { url, token } = await follow(user, channels);
  const stream = await openStream({ url: () => url }, { token });
  await until(() => stream.dataOf("welcome").length === 3, "three welcomes");
  await room.fill(2);
  await until(() => messagesOf(stream, room).length === 2, "two messages");
  const id = stream.events.findLast(({ id }) => id !== null)?.id as string;
  await stream.cancel();
  await room.fill(2);
  await other.fill(3);
  await user.publish({ data: "mine" });
  const again = await openStream({ url: () => url }, { token, headers: { "last-event-id": id } });
  await until(() => again.dataOf("message").length === 6, "what came meanwhile");
  expect(messagesOf(again, room).map(({ seq }) => seq)).toEqual([3, 4]);
  expect(messagesOf(again, other).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(again.dataOf("message").filter(({ channel }) => channel === user.address)).toMatchObject([{ seq: 1 }]);
  await again.cancel();
});

test("SUB-11 one that is not allowed is 403 for all; others' streams and rooms take none; 17 are too many", async () => {
  const [user, bob, room, closed] = [new User("alice"), new User("bob"), new Room("lobby"), new Room("closed")];
  const status = async ({ url, token }: { url: string; token: string }, headers = {}) =>
    (await worker.fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } })).status;
  const capabilities = { [room.address]: ["subscribe"], [bob.address]: ["subscribe"] };
  expect(await status(await follow(user, [room.address, closed.address], { capabilities }))).toBe(403);
  expect(await status(await follow(user, [room.address], { capabilities, query: { presence: "count" } }))).toBe(403);
  expect(await status(await follow(user, ["lobby"]))).toBe(400);
  expect(
    await status(
      await follow(
        user,
        upTo(17).map((n) => `room:${n}`),
      ),
    ),
  ).toBe(400);
  expect(await status(await follow(user, [room.address]), { "last-event-id": "aaaaaaaa-1" })).toBe(400);
  const token = await user.token(5, { capabilities: ALL });
  expect(await status({ url: `${bob.url("events")}&channel=${room.address}`, token })).toBe(400);
  expect(await status({ url: `${room.url("events")}&channel=${closed.address}`, token })).toBe(400);
  const ticket = await worker.fetch("https://edge.test/v1/tickets", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ channel: user.address }),
  });
  const { ticket: text } = (await ticket.json()) as { ticket: string };
  expect((await worker.fetch(`${user.url("events", { ticket: text })}&channel=${room.address}`)).status).toBe(403);
});

test("SUB-11 SUB-6 who is closed by an administrator is told of that channel alone", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  const { url, token } = await follow(user, [room.address, other.address]);
  const stream = await openStream({ url: () => url }, { token });
  await until(() => stream.dataOf("welcome").length === 3, "three welcomes");
  await room.call("DELETE", "connections");
  await until(() => stream.dataOf("unsubscribed").length === 1, "the end");
  expect(stream.dataOf("unsubscribed")).toEqual([{ channel: room.address, code: 4403, reason: "forbidden" }]);
  await other.publish({ data: "on" });
  await until(() => messagesOf(stream, other).length === 1, "a message");
  await stream.cancel();
});

test("SUB-11 SSE-6 a long replay is sent as it is read, and follows on", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(800, 1500);
  const [epoch] = (await room.call("GET", "messages", { query: { limit: 1 } })).body.cursor.split("-");
  const { url, token } = await follow(user, [`${room.address}@${epoch}-0`]);
  const stream = await openStream({ url: () => url }, { token });
  await until(() => messagesOf(stream, room).length === 800, "the replay");
  await room.publish({ data: "new" });
  await until(() => messagesOf(stream, room).length === 801, "what is new");
  expect(messagesOf(stream, room).map(({ seq }) => seq)).toEqual(upTo(801));
  await stream.cancel();
});

async function poll(user: User, body: unknown, capabilities: Record<string, string[]> = ALL) {
  return user.call("POST", "poll", { token: await user.token(5, { capabilities }), body });
}

test("SUB-13 a poll answers with the channels that have news", async () => {
  const [user, room, quiet] = [new User("alice"), new Room("lobby"), new Room("quiet")];
  await room.fill(2);
  const cursors = { [room.address]: null, [quiet.address]: null, [user.address]: null };
  const first = await poll(user, { cursors, timeout: 5 });
  expect(first.status).toBe(200);
  const known: Record<string, string> = {};
  // Those that were not known in time are asked again.
  const ask = async () => {
    const asked = Object.fromEntries(Object.keys(cursors).map((each) => [each, known[each] ?? null]));
    const { body } = await poll(user, { cursors: asked, timeout: 5 });
    for (const [channel, { cursor }] of Object.entries<{ cursor: string }>(body.channels)) known[channel] = cursor;
  };
  while (Object.keys(known).length < 3) await ask();
  const waiting = poll(user, { cursors: known, timeout: 20 });
  await until(async () => (await room.rows("SELECT user FROM links")).length > 0, "the poll to follow the room");
  await room.publish({ data: "news" });
  expect((await waiting).body).toEqual({
    channels: {
      [room.address]: {
        messages: [expect.objectContaining({ seq: 3, data: "news" })],
        cursor: expect.stringMatching(/-3$/),
        gap: null,
      },
    },
  });
  const both = await poll(user, { cursors: { ...known, [room.address]: "aaaaaaaa-1" }, timeout: 5 });
  expect(both.body.channels[room.address]).toMatchObject({
    gap: { reason: "epoch" },
    messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }],
  });
  await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "the poll to be over");
});

test("SUB-13 POLL-1 a poll that does not wait answers for all of them, or with nothing", async () => {
  const [user, ...rooms] = [new User("alice"), new Room("a"), new Room("b"), new Room("c")] as const;
  const asked = Object.fromEntries(rooms.map(({ address }) => [address, null]));
  const first = await poll(user, { cursors: asked, timeout: 0 });
  expect(Object.keys(first.body.channels).sort()).toEqual(Object.keys(asked).sort());
  const known = Object.fromEntries(
    Object.entries<{ cursor: string }>(first.body.channels).map(([channel, { cursor }]) => [channel, cursor]),
  );
  expect((await poll(user, { cursors: known, timeout: 0 })).body).toEqual({ channels: {} });
  for (const room of rooms) await room.publish({ data: room.id });
  const second = await poll(user, { cursors: known, timeout: 0 });
  for (const room of rooms) expect(second.body.channels[room.address]).toMatchObject({ messages: [{ data: room.id }] });
});

test("SUB-13 what is not allowed is answered with its code, and nothing comes of it", async () => {
  const [user, room, closed] = [new User("alice"), new Room("lobby"), new Room("closed")];
  const capabilities = { [room.address]: ["subscribe"] };
  const answer = await poll(user, { cursors: { [closed.address]: null }, timeout: 20 }, capabilities);
  expect([answer.status, answer.body]).toEqual([200, { channels: { [closed.address]: { code: "forbidden" } } }]);
});

test("SUB-13 a poll that is not as it should be is refused", async () => {
  const [user, bob] = [new User("alice"), new User("bob")];
  const status = async (body: unknown) => (await poll(user, body)).status;
  expect(await status({})).toBe(400);
  expect(await status({ cursors: {} })).toBe(400);
  expect(await status({ cursors: { lobby: null } })).toBe(400);
  expect(await status({ cursors: { "room:a": "nonsense" } })).toBe(400);
  expect(await status({ cursors: { "room:a": 5 } })).toBe(400);
  expect(await status({ cursors: Object.fromEntries(upTo(201).map((n) => [`room:${n}`, null])) })).toBe(400);
  for (const timeout of [-1, 61, 1.5, "5", null])
    expect(await status({ cursors: { "room:a": null }, timeout })).toBe(400);
  const others = await bob.call("POST", "poll", {
    token: await user.token(5, { capabilities: ALL }),
    body: { cursors: { "room:a": null } },
  });
  expect(others.status).toBe(400);
});
