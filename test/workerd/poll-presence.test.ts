import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { playAlarms, setClock, useRealClock } from "./support/clock.ts";
import { type Answer, Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";
import { until } from "./support/until.ts";

const SECOND = 1000;
let start = 0;
beforeEach(() => {
  start = Date.now();
  setClock(start);
});
afterEach(useRealClock);

type Query = Record<string, string | number>;
const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
const here = async (room: Room) => (await room.call("GET", "presence")).body;

/** A room in which somebody watches, and a client in it who polls. */
async function polled(name: string) {
  const room = new Room(name);
  await room.publish({ data: 1 });
  const after = (await room.call("GET", "messages")).body.cursor;
  const watcher = await connect(room, { user: "zoe", query: { presence: "members", member: 0 } });
  const poll = (query: Query = {}): Promise<Answer> =>
    room.call("GET", "poll", { query: { after, timeout: 0, user: "bob", member: 1, ...query } });
  /** Begins a poll; resolves when it waits. */
  const begin = async (query: Query = {}) => {
    const before = await sockets(room);
    const answer = poll({ timeout: 60, ...query });
    await until(async () => (await sockets(room)) === before + 1, "the poll to wait");
    return { answer };
  };
  return { room, after, watcher, poll, begin };
}

/** What a watcher was told, but for the welcome. */
async function told(watcher: Client) {
  await watcher.drained();
  return watcher.framesOf("presence").map(({ joined = [], left = [], updated = [] }) => {
    const users = (list: { user: string }[]) => list.map(({ user }) => user).join();
    return `+${users(joined)} -${users(left)} ~${users(updated)}`;
  });
}

test("POLL-3 the end of a poll is not a leave: the grace is 30 s from the last, also through sleeps", async () => {
  const { room, watcher, poll } = await polled("grace");
  const { connection } = (await poll()).body;
  for (let round = 1; round <= 3; round++) {
    await playAlarms(room, Date.now() + 29 * SECOND, { hibernating: true });
    expect((await poll({ connection })).body.connection).toBe(connection);
  }
  expect(await told(watcher)).toEqual(["+bob - ~"]);
  expect(await here(room)).toMatchObject({ count: 1, members: [{ user: "bob", since: start }] });
  await playAlarms(room, Date.now() + 29 * SECOND, { hibernating: true });
  expect(await told(watcher)).toEqual(["+bob - ~"]);
  await playAlarms(room, Date.now() + SECOND, { hibernating: true });
  expect(await told(watcher)).toEqual(["+bob - ~", "+ -bob ~"]);
});

test("POLL-3 the next poll takes the place of one that still waits, which is answered empty", async () => {
  const { room, after, watcher, poll, begin } = await polled("place");
  const { connection } = (await poll()).body;
  const first = await begin({ connection });
  const second = poll({ connection, timeout: 60 });
  expect((await first.answer).body).toMatchObject({ messages: [], cursor: after, gap: null, connection });
  await room.publish({ data: 2 });
  expect((await second).body.messages).toMatchObject([{ data: 2 }]);
  expect(await told(watcher)).toEqual(["+bob - ~"]);
});

test("CONNECT-5 POLL-3 polls that go on are one connection of 20, others are one each", async () => {
  const { room, poll, begin } = await polled("count");
  const { connection } = (await poll()).body;
  for (let round = 0; round < 25; round++) expect((await poll({ connection })).status).toBe(200);
  const waiting = [await begin({ connection })];
  while (waiting.length < 20) waiting.push(await begin());
  expect((await here(room)).members).toMatchObject([{ user: "bob", connections: 20 }]);
  const refused = await poll();
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect((await poll({ connection })).status).toBe(200);
  await room.publish({ data: 2 });
  for (const { answer } of waiting) expect((await answer).status).toBe(200);
});

test.each<[string, (room: Room) => Promise<string>]>([
  ["another user's", async (room) => (await room.call("GET", "poll", { query: { user: "ann" } })).body.connection],
  ["a socket's", async (room) => (await connect(room, { user: "bob" })).welcome.connection],
  ["none at all", async () => "x".repeat(44)],
  ["empty", async () => ""],
])("POLL-3 a connection that is %s is as if it were not given", async (_what, make) => {
  const { room, poll } = await polled("foreign");
  const given = await make(room);
  const { status, body } = await poll({ connection: given });
  expect(status).toBe(200);
  expect(body.connection).toMatch(/^[\w-]{44}$/);
  expect(body.connection).not.toBe(given);
});

test("POLL-3 PRESENCE-10 data can be set between two polls, with the connection's name", async () => {
  const { room, watcher, poll } = await polled("data");
  const { connection } = (await poll({ data: "1" })).body;
  const put = (query: Query, data: unknown) => room.call("PUT", "presence", { query, body: { data } });
  expect((await put({ user: "bob", connection }, 2)).status).toBe(200);
  expect((await here(room)).members).toMatchObject([{ user: "bob", data: 2 }]);
  await room.hibernate();
  expect((await put({ user: "bob", connection }, 3)).status).toBe(200);
  expect((await put({ user: "ann", connection }, 4)).body.code).toBe("not_found");
  const other = (await room.call("GET", "poll", { query: { user: "ann" } })).body.connection;
  expect((await put({ user: "bob", connection: other }, 4)).body.code).toBe("not_found");
  await poll({ connection, data: "1" }); // the URL of the first, once more
  expect((await here(room)).members).toMatchObject([{ user: "bob", data: 3 }]);
  expect(await told(watcher)).toEqual(["+bob - ~", "+ - ~bob", "+ - ~bob"]);
  await playAlarms(room, Date.now() + 30 * SECOND);
  expect((await put({ user: "bob", connection }, 5)).body.code).toBe("not_found");
});

test("PUBLISH-4 SIGNAL-1 POLL-3 a poll's connection may publish and signal, and hears no own signal", async () => {
  const { room, watcher, begin, poll } = await polled("sends");
  const { connection } = (await poll()).body;
  const { answer } = await begin({ connection, signals: 1 });
  await room.call("POST", "signals", { query: { connection }, body: { event: "typing", data: 1, user: "bob" } });
  await watcher.until(() => watcher.framesOf("signals").length === 1, "the signal");
  expect(watcher.framesOf("signals")[0]?.signals[0]).toMatchObject({ user: "bob", connection });
  await room.publish({ data: "own", user: "bob" }, { query: { connection } });
  expect((await answer).body).toMatchObject({ messages: [{ data: "own" }] });
  expect((await answer).body).not.toHaveProperty("signals");
});

test("POLL-2 signals=1: a poll answers with those that come, and keeps none for later", async () => {
  const { room, after, begin, poll } = await polled("signals");
  const send = (data: number) => room.call("POST", "signals", { body: { event: "wave", data } });
  await send(1);
  const deaf = await begin();
  const { answer } = await begin({ signals: 1 });
  await send(2);
  expect((await answer).body).toMatchObject({ messages: [], cursor: after, signals: [{ event: "wave", data: 2 }] });
  expect((await poll({ signals: 1 })).body).not.toHaveProperty("signals");
  await room.publish({ data: 2 });
  expect((await deaf.answer).body).not.toHaveProperty("signals");
});

test("POLL-2 presence=count: it is there in every answer, and a change is one", async () => {
  const { room, begin, poll } = await polled("counted");
  expect((await poll({ presence: "count" })).body.presence).toEqual({ count: 1 });
  expect((await poll()).body).not.toHaveProperty("presence");
  const { answer } = await begin({ presence: "count" });
  const ann = await connect(room, { user: "ann" });
  expect((await answer).body).toMatchObject({ messages: [], presence: { count: 2 } });
  await ann.close(1000);
  expect((await poll({ presence: "count" })).body.presence).toEqual({ count: 1 });
});

test("POLL-2 presence=members: those of the start, and what changed since", async () => {
  const { room, begin } = await polled("members");
  const ann = await connect(room, { user: "ann", query: { data: "1" } });
  const joins = await begin({ presence: "members" });
  await connect(room, { user: "eve" });
  const joined = (await joins.answer).body.presence;
  expect(joined).toMatchObject({ count: 3, joined: [{ user: "eve" }] });
  expect(joined.members.map(({ user }: { user: string }) => user)).toEqual(["ann", "bob"]);
  const changes = await begin({ presence: "members" });
  await ann.request({ type: "presence", data: 2 });
  expect((await changes.answer).body.presence).toMatchObject({ count: 3, updated: [{ user: "ann", data: 2 }] });
  const leaves = await begin({ presence: "members" });
  await ann.close(1000);
  const left = (await leaves.answer).body.presence;
  expect(left).toMatchObject({ count: 2, left: [{ user: "ann" }] });
  expect(Object.keys(left).sort()).toEqual(["count", "left", "members"]);
});

test("POLL-2 PRESENCE-2 at most 100 members, then next", async () => {
  const { room, poll } = await polled("crowd");
  for (let n = 0; n < 105; n++) await poll({ user: `u${String(n).padStart(3, "0")}` });
  const { presence } = (await poll({ presence: "members", user: "bob" })).body;
  expect([presence.count, presence.members.length, presence.next]).toEqual([106, 100, "u098"]);
  expect((await here(room)).count).toBe(106);
});

test("ADMIN-2 POLL-3 who is thrown out is gone at once, and may poll on: it is no ban", async () => {
  const { room, watcher, poll, begin } = await polled("kicked");
  const { connection } = (await poll()).body;
  const { answer } = await begin({ connection });
  expect((await room.call("DELETE", "connections", { query: { user: "bob" } })).body).toEqual({ closed: 1 });
  expect((await answer).status).toBe(403);
  expect(await told(watcher)).toEqual(["+bob - ~", "+ -bob ~"]);
  expect((await poll({ connection })).body.connection).toBe(connection);
});

test("AUTH-6 POLL-2 who may not see members is not one, and may not ask", async () => {
  const { room, after } = await polled("rights");
  const token = await tokenFor("eve", { capabilities: { "room:*": ["subscribe"] } });
  const ask = (query: Query) => room.call("GET", "poll", { token, query: { after, timeout: 0, ...query } });
  expect((await ask({})).status).toBe(200);
  for (const query of [{ member: 1 }, { presence: "count" }, { presence: "members" }] as Query[])
    expect((await ask(query)).body.code).toBe("forbidden");
  expect((await ask({ user: "bob" })).body.code).toBe("forbidden");
  expect((await here(room)).count).toBe(0);
});
