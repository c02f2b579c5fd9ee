import { listDurableObjectIds } from "cloudflare:test";
import { expect, test } from "vitest";
import { cutOff, intercept } from "./support/calls.ts";
import { call } from "./support/channel.ts";
import { connect } from "./support/client.ts";
import { open } from "./support/device.ts";
import { placesOf } from "./support/person.ts";
import { alarmsSet, recording, rowsWritten, statements } from "./support/recorder.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor } from "./support/service.ts";
import { User } from "./support/user.ts";

// Before the first request: the settings are read once.
(env as { CHANNEL_RULES?: string }).CHANNEL_RULES = JSON.stringify([
  { match: "room:open-*", anonymous: ["subscribe", "history", "publish", "presence"] },
]);

const ask = (body: unknown, token: string | null = env.API_KEY) =>
  call("POST", "https://edge.test/v1/presence", { token, body });
const OFFLINE = { online: false, lastSeen: null };
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);
const everyone = (ids: string[], answer: unknown) => Object.fromEntries(ids.map((id) => [id, answer]));

test("PEOPLE-4 500 users and 500 rooms are answered in one call, and nothing is written for those who have nothing", async () => {
  const [alice, bob, lobby] = [new User("alice"), new User("bob"), new Room("lobby")];
  for (const user of [alice, bob]) await connect(lobby, { token: await user.token() });
  const users = [...numbered("nobody", 498), alice.id, bob.id];
  const rooms = [lobby.id, ...numbered("nowhere", 499)];
  const room = new Room("observed");
  await room.wake();
  const asked = intercept(lobby, "whereabouts", ({ proceed }) => proceed());
  let answer = { status: 0, body: {} as unknown };
  const began = performance.now();
  const deeds = await recording(room, async () => {
    answer = await ask({ users, rooms });
  });
  console.log(`500 users and 500 rooms: ${Math.round(performance.now() - began)} ms,`, {
    statements: deeds.length,
    rowsWritten: rowsWritten(deeds),
    roomsAskedAboutUsers: asked.count,
  });
  const here = { online: true, lastSeen: expect.any(Number) };
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({
    users: { ...everyone(users, OFFLINE), [alice.id]: here, [bob.id]: here },
    rooms: { ...everyone(rooms, { count: 0 }), [lobby.id]: { count: 2 } },
  });
  expect(rowsWritten(deeds)).toBe(0);
  expect(alarmsSet(deeds)).toBe(0);
  expect(statements(deeds).filter((statement) => /CREATE|INSERT|UPDATE|DELETE/.test(statement))).toEqual([]);
  for (const id of ["nobody-0", "nobody-497"]) {
    const tables = await call("GET", `https://edge.test/v1/users/${id}/connections`);
    expect(tables.body).toEqual([]);
    expect(await placesOf(Object.assign(new User("x"), { id }))).toEqual([]);
  }
});

test("PEOPLE-4 each object is asked once, however often it is named", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const asked = [
    intercept(user, "presence", ({ proceed }) => proceed()),
    intercept(room, "count", ({ proceed }) => proceed()),
  ];
  const { body } = await ask({ users: Array(500).fill(user.id), rooms: Array(500).fill(room.id) });
  expect(body).toEqual({ users: { [user.id]: OFFLINE }, rooms: { [room.id]: { count: 0 } } });
  expect(asked.map(({ count }) => count)).toEqual([1, 1]);
});

test.each([{}, { users: [] }, { rooms: [] }, { users: [], rooms: [], later: 1 }])(
  "PEOPLE-4 who asks %j is told nothing",
  async (body) => {
    expect(await ask(body)).toMatchObject({ status: 200, body: { users: {}, rooms: {} } });
  },
);

test("PEOPLE-4 ID-1 names that an object has by nature, and the strangest ids, are ids like any other", async () => {
  const ids = ["__proto__", "constructor", "toString", "hasOwnProperty", "a:b|c+d=~@.-_", "x".repeat(128), "0"];
  const { status, body } = await ask({ users: ids, rooms: ids });
  expect(status).toBe(200);
  expect(Object.keys(body.users).toSorted()).toEqual(ids.toSorted());
  expect(Object.entries(body.users).map(([, value]) => value)).toEqual(Array(ids.length).fill(OFFLINE));
  expect(Object.entries(body.rooms).map(([, value]) => value)).toEqual(Array(ids.length).fill({ count: 0 }));
});

test.each<[string, string, unknown]>([
  ["501 users", "bad_request", { users: numbered("u", 501) }],
  ["501 rooms", "bad_request", { rooms: numbered("r", 501) }],
  ["501 times the same", "bad_request", { users: Array(501).fill("u") }],
  ["a text", "bad_request", { users: "alice" }],
  ["an object", "bad_request", { users: { 0: "alice", length: 1 } }],
  ["null", "bad_request", { rooms: null }],
  ["an array", "bad_request", [{ users: [] }]],
  ["no object", "bad_request", null],
  ["a number for an id", "bad_id", { users: ["alice", 7] }],
  ["null for an id", "bad_id", { users: [null] }],
  ["an empty id", "bad_id", { rooms: [""] }],
  ["two dots", "bad_id", { rooms: [".."] }],
  ["a slash", "bad_id", { rooms: ["a/b"] }],
  ["129 characters", "bad_id", { users: ["x".repeat(129)] }],
  ["an umlaut", "bad_id", { users: ["jürgen"] }],
])("PEOPLE-4 %s is 400 %s for all, and nobody is asked", async (_what, code, body) => {
  const before = [await listDurableObjectIds(env.USERS), await listDurableObjectIds(env.ROOMS)];
  expect(await ask(body)).toMatchObject({ status: 400, body: { code } });
  expect([await listDurableObjectIds(env.USERS), await listDurableObjectIds(env.ROOMS)]).toEqual(before);
});

test("PEOPLE-4 AUTH-6 what the caller may not see is left out, and is not touched", async () => {
  const [bob, carol, mine] = [new User("bob"), new User("carol"), new User("alice")];
  const [lobby, secret] = [new Room("lobby"), new Room("secret")];
  const capabilities = {
    [lobby.address]: ["presence"],
    [bob.address]: ["*"],
    [carol.address]: ["subscribe"],
    "room:*": ["publish"],
  };
  const token = await mine.token(5, { capabilities });
  await mine.wake();
  const [users, rooms] = [await listDurableObjectIds(env.USERS), await listDurableObjectIds(env.ROOMS)];
  const { status, body } = await ask({ users: [bob.id, carol.id, mine.id], rooms: [lobby.id, secret.id] }, token);
  expect({ status, body }).toEqual({
    status: 200,
    body: { users: { [bob.id]: OFFLINE, [mine.id]: OFFLINE }, rooms: { [lobby.id]: { count: 0 } } },
  });
  expect((await listDurableObjectIds(env.USERS)).length - users.length).toBe(1);
  expect((await listDurableObjectIds(env.ROOMS)).length - rooms.length).toBe(1);
});

test("PEOPLE-4 what cannot be reached is told as such, and the others are answered", async () => {
  const [sick, well] = [new User("sick"), new User("well")];
  const [broken, fine] = [new Room("broken"), new Room("fine")];
  cutOff(sick, "presence");
  cutOff(broken, "count");
  expect((await ask({ users: [sick.id, well.id], rooms: [broken.id, fine.id] })).body).toEqual({
    users: { [sick.id]: { code: "overloaded" }, [well.id]: OFFLINE },
    rooms: { [broken.id]: { code: "overloaded" }, [fine.id]: { count: 0 } },
  });
});

test("PEOPLE-4 GUEST-1 guests are nobody: they are left out, and being in a room makes no object of theirs", async () => {
  const room = new Room("open");
  const { token, user } = (await call("POST", "https://edge.test/v1/guests", { token: null })).body;
  const before = await listDurableObjectIds(env.USERS);
  for (const transport of ["ws", "sse", "poll"] as const) {
    const device = await open(transport, room, { token, query: { member: 1 } });
    await room.publish({ data: 1 }, { token });
    expect((await ask({ users: [user], rooms: [room.id] })).body).toEqual({
      users: {},
      rooms: { [room.id]: { count: 1 } },
    });
    await device.leave();
  }
  expect(await listDurableObjectIds(env.USERS)).toEqual(before);
});

test("PEOPLE-4 RULES-2 GUEST-3 without a token one sees what anybody may, or is asked for one where that is nothing", async () => {
  const [open, closed] = [new Room("open"), new Room("closed")];
  await connect(open, { user: "bob" });
  const { token } = (await call("POST", "https://edge.test/v1/guests", { token: null })).body;
  for (const credential of [null, token])
    expect(await ask({ users: ["bob"], rooms: [open.id, closed.id] }, credential)).toMatchObject({
      status: 200,
      body: { users: {}, rooms: { [open.id]: { count: 1 } } },
    });
});

test("PEOPLE-4 REVOKE-1 who is logged out is refused; REVOKE-2 where that cannot be known it is 503", async () => {
  const user = new User("alice");
  const [old, room] = [await user.token(), new Room("lobby")];
  const body = { users: [user.id], rooms: [room.id] };
  expect((await ask(body, old)).status).toBe(200);
  const lost = cutOff(user, "tokensBefore");
  expect(await ask(body, old)).toMatchObject({ status: 503, body: { code: "overloaded" } });
  expect((await ask(body)).status).toBe(200);
  lost.letGo();
  await user.call("DELETE", "connections");
  expect((await ask(body, old)).status).toBe(401);
  expect((await ask(body, await user.token(-1))).status).toBe(200);
});

test("PEOPLE-4 only POST and 1 MiB are taken", async () => {
  expect((await call("GET", "https://edge.test/v1/presence")).status).toBe(405);
  expect((await ask({ users: [], pad: "x".repeat(1024 * 1024) })).status).toBe(413);
});

test("PEOPLE-4 a large room is counted exactly", async () => {
  const room = new Room("crowd");
  const names = numbered("member", 120);
  const clients = await Promise.all(names.map((user) => connect(room, { user })));
  expect((await ask({ rooms: [room.id] })).body.rooms).toEqual({ [room.id]: { count: 120 } });
  await Promise.all(clients.slice(0, 50).map((client) => client.close(1000)));
  expect((await ask({ rooms: [room.id] })).body.rooms).toEqual({ [room.id]: { count: 70 } });
  const token = await tokenFor("bob");
  expect((await ask({ rooms: [room.id] }, token)).body.rooms).toEqual({ [room.id]: { count: 70 } });
}, 15_000);
