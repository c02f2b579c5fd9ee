import { afterEach, expect, test } from "vitest";
import { intercept } from "./support/calls.ts";
import type { Channel } from "./support/channel.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { type Device, open, TRANSPORTS, type Transport } from "./support/device.ts";
import { placesOf, presenceOf, seenAmongMany } from "./support/person.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

const devices: Device[] = [];
afterEach(async () => {
  useRealClock();
  await Promise.all(devices.splice(0).map((device) => device.leave()));
});

const SECOND = 1000;

async function join(channel: Channel, user: User, transport: Transport = "ws", query = {}): Promise<Device> {
  const device = await open(transport, channel, { token: await user.token(), query });
  devices.push(device);
  return device;
}
/** Until the user's object has heard that they left. */
const told = (user: User) => until(async () => (await placesOf(user)).length === 0, "their leave to be told");

test("PEOPLE-2 who was never there was never seen", async () => {
  const user = new User("alice");
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: null, connections: 0 });
  expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: null }]);
});

test.each(TRANSPORTS.flatMap((transport) => (["room", "user"] as const).map((kind) => [transport, kind] as const)))(
  "PEOPLE-2 who is there over %s in a %s is online and seen now, member or not, and after it was seen at its end",
  async (transport, kind) => {
    const user = new User("alice");
    const device = await join(kind === "room" ? new Room("lobby") : user, user, transport, { member: 0 });
    const before = Date.now();
    const there = await until(async () => {
      const presence = await presenceOf(user);
      return presence.online ? presence : null; // between two polls nobody is there
    }, "their presence");
    expect(there).toEqual({ online: true, lastSeen: expect.any(Number), connections: 1 });
    expect(there.lastSeen).toBeGreaterThanOrEqual(before);
    const [one] = await seenAmongMany(user);
    expect(one).toEqual({ online: true, lastSeen: expect.any(Number) });
    const began = Date.now();
    await device.leave();
    await told(user);
    const gone = await presenceOf(user);
    expect(gone).toEqual({ online: false, lastSeen: expect.any(Number), connections: 0 });
    expect(gone.lastSeen).toBeGreaterThanOrEqual(began);
    expect(gone.lastSeen).toBeLessThan(began + SECOND);
    expect(await seenAmongMany(user)).toEqual([{ online: false, lastSeen: gone.lastSeen }]);
  },
);

test("PEOPLE-2 of several channels the last that was left counts", async () => {
  const start = Date.now();
  setClock(start);
  const user = new User("alice");
  const [here, there] = [await join(new Room("here"), user), await join(new Room("there"), user)];
  expect(await presenceOf(user)).toEqual({ online: true, lastSeen: start, connections: 2 });
  setClock(start + 5 * SECOND);
  await there.leave();
  await until(async () => (await placesOf(user)).length === 1, "that leave");
  setClock(start + 20 * SECOND);
  expect(await presenceOf(user)).toEqual({ online: true, lastSeen: start + 20 * SECOND, connections: 1 });
  await here.leave();
  await told(user);
  setClock(start + 3600 * SECOND);
  expect(await presenceOf(user)).toEqual({ online: false, lastSeen: start + 20 * SECOND, connections: 0 });
});

test("PEOPLE-2 last seen is kept: through a sleep, a crash, an erasure of the inbox, and however late it is asked", async () => {
  const start = Date.now();
  setClock(start);
  const user = new User("alice");
  await (await join(user, user)).leave();
  await told(user);
  const expected = { online: false, lastSeen: start, connections: 0 };
  setClock(start + 90 * 86_400 * SECOND);
  await user.hibernate();
  expect(await presenceOf(user)).toEqual(expected);
  await user.crash();
  expect(await presenceOf(user)).toEqual(expected);
  await user.call("DELETE", "");
  expect(await presenceOf(user)).toEqual(expected);
});

test("PEOPLE-2 AUTH-7 who is there by the API_KEY in their name is online", async () => {
  const user = new User("alice");
  devices.push(await open("ws", new Room("lobby"), { query: { user: user.id } }));
  expect(await presenceOf(user)).toMatchObject({ online: true, connections: 1 });
});

test("PEOPLE-2 AUTH-6 it is told to who may see members of the user's channel", async () => {
  const user = new User("alice");
  await join(new Room("lobby"), user);
  const ask = async (operations: string[]) => {
    const token = await tokenFor("bob", { capabilities: { [user.address]: operations } });
    return user.call("GET", "presence", { token });
  };
  expect((await ask(["presence"])).body).toMatchObject({ online: true, connections: 1 });
  expect((await ask(["subscribe", "history", "publish", "signal"])).status).toBe(403);
  expect((await user.call("GET", "presence", { token: await user.token(5, { capabilities: {} }) })).status).toBe(200);
});

test("PEOPLE-2 PEOPLE-4 a place that is known to be true is not asked about again for ten seconds", async () => {
  const start = Date.now();
  setClock(start);
  const user = new User("alice");
  const room = new Room("lobby");
  await join(room, user);
  const asked = intercept(room, "whereabouts", ({ proceed }) => proceed());
  for (const later of [0, 9.999]) {
    setClock(start + later * SECOND);
    expect(await seenAmongMany(user)).toEqual([{ online: true, lastSeen: start + later * SECOND }]);
  }
  expect(asked.count).toBe(0);
  setClock(start + 10 * SECOND);
  for (let n = 0; n < 3; n++) expect(await seenAmongMany(user)).toMatchObject([{ online: true }]);
  expect(asked.count).toBe(1);
  setClock(start + 25 * SECOND);
  expect(await presenceOf(user)).toMatchObject({ online: true });
  expect(asked.count).toBe(2);
});

test("PEOPLE-2 PRESENCE-1 the user's channel still tells members to who watches it, and takes their data", async () => {
  const user = new User("alice");
  const phone = await join(user, user, "sse", { member: 1, data: '"hi"' });
  const put = { token: await user.token(), query: { connection: phone.connection }, body: { data: "there" } };
  expect((await user.call("PUT", "presence", put)).status).toBe(200);
  const { body } = await user.call("GET", "poll", { query: { presence: "members" } });
  expect(body.presence).toMatchObject({ count: 1, members: [{ user: user.id, data: "there" }] });
});
