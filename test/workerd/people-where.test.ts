import { afterEach, expect, test } from "vitest";
import type { Channel } from "./support/channel.ts";
import { connect } from "./support/client.ts";
import { type Device, open, TRANSPORTS } from "./support/device.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor } from "./support/service.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

const devices: Device[] = [];
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.leave()));
});

async function device(transport: Device["transport"], channel: Channel, user: User, query = {}): Promise<Device> {
  const opened = await open(transport, channel, { token: await user.token(), query });
  devices.push(opened);
  return opened;
}

interface Where {
  channel: string;
  connection: string;
  transport: string;
  since: number;
}

async function where(user: User): Promise<Where[]> {
  const { status, body } = await user.call("GET", "connections", { token: await user.token() });
  expect(status).toBe(200);
  return body;
}
const channels = async (user: User) => (await where(user)).map(({ channel }) => channel).toSorted();

test("PEOPLE-1 who is nowhere is nowhere, and nothing is written about it", async () => {
  const user = new User("alice");
  expect(await where(user)).toEqual([]);
  expect(await user.rows("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")).toEqual([]);
});

test("PEOPLE-1 every connection is told, in rooms and inboxes, on every transport, members or not", async () => {
  const began = Date.now();
  const user = new User("alice");
  const [lobby, other] = [new Room("lobby"), new Room("other")];
  const bob = new User("bob");
  const inBobs = await tokenFor(user.id, { capabilities: { [bob.address]: ["subscribe"] } });
  const all = [
    [lobby, await device("ws", lobby, user)],
    [lobby, await device("sse", lobby, user)],
    [lobby, await device("poll", lobby, user, { member: 1 })],
    [other, await device("ws", other, user, { member: 0 })],
    [user, await device("ws", user, user)],
    [user, await device("sse", user, user)],
    [user, await device("poll", user, user)],
    [bob, await open("ws", bob, { token: inBobs })],
  ] as const;
  devices.push(all[7][1]);
  const expected = all.map(([channel, { connection, transport }]) => {
    return { channel: channel.address, connection, transport, since: expect.any(Number) };
  });
  const told = await until(async () => {
    const now = await where(user);
    return now.length === all.length ? now : null; // between two polls there is none
  }, "all connections");
  const sorted = (list: readonly { connection: string }[]) =>
    list.toSorted((a, b) => (a.connection < b.connection ? -1 : 1));
  expect(sorted(told)).toEqual(sorted(expected));
  for (const { since } of told) {
    expect(since).toBeGreaterThanOrEqual(began);
    expect(since).toBeLessThanOrEqual(Date.now());
  }
  expect(await where(bob)).toEqual([]);
});

test.each(TRANSPORTS)("PEOPLE-1 a connection that ends is told no more, at once (%s)", async (transport) => {
  const user = new User("alice");
  const room = new Room("lobby");
  const staying = await device("ws", room, user);
  const going = await device(transport, room, user);
  const elsewhere = await device(transport, new Room("other"), user);
  await going.leave();
  await elsewhere.leave();
  const left = await until(async () => {
    const now = await where(user);
    return now.length === 1 ? now : null;
  }, "one connection");
  expect(left[0]?.connection).toBe(staying.connection);
});

test("PEOPLE-1 it holds through hibernations of the room and of the user's object", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  const there = await device("ws", room, user);
  const own = await device("ws", user, user);
  const before = await where(user);
  await room.hibernate();
  await user.hibernate();
  expect(await where(user)).toEqual(before);
  expect(before.map(({ connection }) => connection)).toEqual([there.connection, own.connection]);
  await there.leave();
  await own.leave();
  expect(await where(user)).toEqual([]);
});

test("PEOPLE-1 AUTH-7 who is connected by the API_KEY in the user's name is there too, the API_KEY itself is nowhere", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  devices.push(await open("ws", room, { query: { user: user.id } }), await open("ws", room), await open("ws", user));
  expect(await channels(user)).toEqual([room.address]);
  expect(await env.USERS.getByName("server").tokensBefore()).toBeNull();
});

test("PEOPLE-1 names with colons are not mixed up", async () => {
  const user = new User("a:b");
  const rooms = [new Room("c:d"), new Room("user:a"), new Room("room:a")];
  for (const room of rooms) await device("ws", room, user);
  expect(await channels(user)).toEqual(rooms.map(({ address }) => address).toSorted());
});

test("PEOPLE-1 of twenty connections in one room all are told", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  for (let n = 0; n < 20; n++) await device("ws", room, user);
  expect(await where(user)).toHaveLength(20);
  const refused = await room.call("GET", "connect", { token: await user.token(), headers: { upgrade: "websocket" } });
  expect(refused.status).toBe(429);
  expect(await where(user)).toHaveLength(20);
});

test("PEOPLE-1 guests are nobody: no object of theirs is made", async () => {
  const room = new Room("lobby");
  await connect(room, { user: "guest-007" });
  const { status } = await new User("x").call("GET", "connections");
  expect(status).toBe(200);
  expect((await room.call("GET", "presence")).body.count).toBe(1);
});
