import { afterEach, expect, test } from "vitest";
import { cutOff, hold } from "./support/calls.ts";
import type { Channel } from "./support/channel.ts";
import { type Client, connect, handshake } from "./support/client.ts";
import { setClock, standStill, useRealClock } from "./support/clock.ts";
import { open } from "./support/device.ts";
import { placesOf, presenceOf, seenAmongMany } from "./support/person.ts";
import { Room } from "./support/room.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

const clients: Client[] = [];
afterEach(async () => {
  useRealClock();
  await Promise.all(clients.splice(0).map((client) => client.closed ?? client.close(1000)));
});

const SECOND = 1000;
const HOUR = 3_600_000;

async function join(channel: Channel, user: User): Promise<Client> {
  const client = await connect(channel, { token: await user.token() });
  clients.push(client);
  return client;
}
test.each<[string, (room: Room, user: User) => Promise<void>]>([
  ["of the room", (room) => room.reset()],
  ["of the whole process", (room) => room.crash()],
])("PEOPLE-3 after a crash %s who does not come back is offline, and was last seen then", async (_what, crash) => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  await join(room, user);
  setClock(start + HOUR);
  await crash(room, user);
  setClock(start + 2 * HOUR);
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start + HOUR }]);
  expect(await placesOf(user)).toEqual([]);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start + HOUR, connections: 0 });
});

test("PEOPLE-3 the crash of a room is seen at once by who asks about one user, within ten seconds by who asks about many", async () => {
  const start = standStill();
  const [user, other, room] = [new User("alice"), new User("bob"), new Room("lobby")];
  for (const one of [user, other]) await join(room, one);
  setClock(start + SECOND);
  await room.reset();
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start + SECOND, connections: 0 });
  setClock(start + 10 * SECOND);
  expect(await seenAmongMany(other)).toEqual([{ online: false, lastSeen: start + SECOND }]);
});

test("PEOPLE-3 after a crash of the user's object they are where they were, but for their own channel", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  await join(room, user);
  await join(user, user);
  setClock(start + HOUR);
  await user.reset();
  expect(await seenAmongMany(user)).toEqual([{ online: true, lastSeen: start + HOUR }]);
  expect(await presenceOf(user)).toMatchObject({ online: true, connections: 1 });
  expect(await placesOf(user)).toEqual([room.address]);
});

test("PEOPLE-3 after a crash of the user's object who was in their own channel alone was last seen then", async () => {
  const start = standStill();
  const user = new User("alice");
  await join(user, user);
  setClock(start + HOUR);
  await user.reset();
  setClock(start + 2 * HOUR);
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start + HOUR }]);
});

test("PEOPLE-3 after a crash of both, who came back to another room is there alone", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  await join(room, user);
  await room.crash();
  const client = await join(other, user);
  const { body } = await user.call("GET", "connections");
  expect(body).toMatchObject([{ channel: other.address, connection: client.welcome.connection }]);
  expect(await placesOf(user)).toEqual([other.address]);
});

test("PEOPLE-3 a leave that the user's object did not hear is told again", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await join(room, user);
  const lost = cutOff(user, "left");
  setClock(start + HOUR);
  await client.close(1000);
  await until(() => lost.count === 1, "the first try");
  lost.letGo();
  setClock(start + 2 * HOUR);
  await until(async () => (await placesOf(user)).length === 0, "the second");
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start + HOUR }]);
});

test("PEOPLE-3 a leave that never arrived is found by who looks, and the time of it is right", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await join(room, user);
  const lost = cutOff(user, "left");
  setClock(start + HOUR);
  await client.close(1000);
  await until(() => lost.count === 3, "the last try");
  lost.letGo();
  setClock(start + 2 * HOUR);
  expect(await placesOf(user)).toEqual([room.address]);
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start + HOUR }]);
}, 10_000);

test("PEOPLE-3 a leave that nobody knows any more was not before they came", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.publish({ data: 1 });
  setClock(start + HOUR);
  const client = await join(room, user);
  const lost = cutOff(user, "left");
  await client.close(1000);
  await until(() => lost.count === 3, "the last try");
  lost.letGo();
  await room.hibernate();
  setClock(start + 2 * HOUR);
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start + HOUR }]);
}, 10_000);

test("PEOPLE-3 who is refused when they come back was last seen when they left", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  await (await join(room, user)).close(1000);
  expect(await presenceOf(user)).toMatchObject({ online: false, lastSeen: start });
  setClock(start + HOUR);
  await (await join(room, user)).close(1000);
  setClock(start + HOUR + SECOND);
  await user.call("GET", "connections"); // the room has to register them again
  const lost = cutOff(user, "enter");
  expect((await handshake(room, { token: await user.token() })).status).toBe(503);
  lost.letGo();
  setClock(start + 2 * HOUR);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start + HOUR, connections: 0 });
});

test("PEOPLE-3 a crash of the room while somebody comes in leaves nobody there", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const enter = hold(user, "enter", "answer");
  const coming = open("ws", room, { token: await user.token() }).catch((error: Error) => error);
  await until(() => enter.waiting === 1, "the registration");
  await room.reset();
  enter.release();
  expect(String(await coming)).toMatch(/refused: 503/);
  setClock(start + HOUR);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start, connections: 0 });
  expect(await placesOf(user)).toEqual([]);
});

test("PEOPLE-3 HTTP-5 who cannot be registered is not let in, and is not there", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const lost = cutOff(user, "enter");
  const refused = await room.call("GET", "connect", { token: await user.token(), headers: { upgrade: "websocket" } });
  expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([503, "overloaded", "1"]);
  expect((await room.call("GET", "presence")).body.count).toBe(0);
  lost.letGo();
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: null, connections: 0 });
});

test("PEOPLE-3 while a room cannot be asked, whoever is there counts as gone since they were last known there", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  await join(room, user);
  const lost = cutOff(room, "whereabouts");
  setClock(start + HOUR);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start, connections: 0 });
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: start }]);
  lost.letGo();
  expect(await seenAmongMany(user)).toEqual([{ online: true, lastSeen: start + HOUR }]);
  const again = cutOff(room, "whereabouts");
  setClock(start + 2 * HOUR);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start + HOUR, connections: 0 });
  again.letGo();
  expect(await presenceOf(user)).toMatchObject({ online: true, connections: 1 });
});
