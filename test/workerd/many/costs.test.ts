import { afterEach, expect, test } from "vitest";
import { intercept } from "../support/calls.ts";
import { connect } from "../support/client.ts";
import { playAlarms, setClock, useRealClock } from "../support/clock.ts";
import { alarmsSet, recording, rowsWritten, statements } from "../support/recorder.ts";
import { Room } from "../support/room.ts";
import { until } from "../support/until.ts";
import { User } from "../support/user.ts";
import { dataIn, device, framesIn, messagesIn, subscribe, upTo } from "./support.ts";

afterEach(useRealClock);

const HOUR = 3_600_000;

/** One person in so many rooms, which have been used before. */
async function personIn(count: number, options: Record<string, unknown> = {}) {
  const user = new User("alice");
  const rooms = upTo(count).map((n) => new Room(`r${n}`));
  await Promise.all(rooms.map((room) => room.publish({ data: 0 })));
  const client = await device(user);
  await subscribe(client, new Room("first")); // from now on there are tables
  return {
    user,
    rooms,
    client,
    options,
    begin: () => Promise.all(rooms.map((room) => subscribe(client, room, options))),
  };
}

const tablesMade = (deeds: Parameters<typeof statements>[0]) =>
  statements(deeds).filter((statement) => statement.includes("CREATE TABLE")).length;

test("SUB-1 a person who comes to 199 rooms at once writes three rows a room and sets one alarm, and few rows of their own", async () => {
  const { user, rooms, begin } = await personIn(199);
  const [room] = rooms as [Room];
  const deeds = await recording(room, begin);
  const rows = rowsWritten(deeds);
  const made = tablesMade(deeds);
  console.info(`199 rooms joined: ${rows} rows, ${alarmsSet(deeds)} alarms`);
  // A table that is made is a row of the schema, too; each room makes two.
  expect(made).toBe(398);
  const own = statements(deeds).filter((statement) => /INTO subscriptions/.test(statement)).length;
  expect(own).toBeLessThanOrEqual(200);
  // The link, the membership, and, if that was not known, up to where all of its links have everything.
  expect(rows - own).toBeLessThanOrEqual(199 * (3 + 2 * 2));
  // The end of the token.
  expect(alarmsSet(deeds)).toBeLessThanOrEqual(200);
  expect((await user.rows("SELECT connection FROM subscriptions")).length).toBe(1);
  // Nobody has to be told anything, so nothing rings for it; nor is anything told anew after a sleep.
  const told = intercept(user, "deliver", ({ proceed }) => proceed());
  await room.hibernate();
  const later = await recording(room, async () => {
    setClock(Date.now() + 20_000);
    await room.call("GET", "presence");
  });
  expect([rowsWritten(later), alarmsSet(later), told.count]).toEqual([0, 0, 1]); // whether she is still there
});

test("SUB-2 a message to a room with a link costs one call more, and a burst two rows and one alarm", async () => {
  const { user, rooms, client, begin } = await personIn(1);
  const [room] = rooms as [Room];
  await begin();
  const delivered = intercept(user, "deliver", ({ proceed }) => proceed());
  await room.ring();
  const deeds = await recording(room, async () => {
    for (const n of upTo(10)) await room.publish({ data: n });
    await messagesIn(client, room, 10);
  });
  expect(rowsWritten(deeds)).toBeLessThanOrEqual(10);
  expect(alarmsSet(deeds)).toBeLessThanOrEqual(1);
  expect(delivered.count).toBeGreaterThan(0);
  expect(delivered.count).toBeLessThanOrEqual(10);
  const after = await recording(room, async () => {
    setClock(Date.now() + 20_000);
    await room.ring();
    await room.ring();
  });
  expect(rowsWritten(after)).toBeLessThanOrEqual(1);
});

test("SUB-2 a flush is one call for all devices of a user, with each frame once", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const devices = await Promise.all(upTo(3).map(() => device(user)));
  for (const each of devices) await subscribe(each, room, { member: false });
  const texts: string[][] = [];
  intercept(user, "deliver", ({ args: [batch], proceed }) => {
    const { items } = batch as { items: { kind: string; text: string; readers: unknown[] }[] };
    texts.push(items.map(({ kind, readers }) => `${kind} ${readers.length}`));
    return proceed();
  });
  await room.publish(upTo(5).map((data) => ({ data })));
  for (const each of devices) await messagesIn(each, room, 5);
  expect(texts).toEqual([["frame 3"]]);
});

test("SUB-8 idle, everything sleeps: no timer, no row, at most 24 alarms a day for the person, none for a room", async () => {
  const [user, rooms] = [new User("alice"), upTo(5).map((n) => new Room(`r${n}`))];
  const client = await connect(user, { user: user.id }); // by the key, which does not end
  for (const room of rooms) await subscribe(client, room);
  for (const room of rooms) await room.publish({ data: 1 });
  for (const room of rooms) await messagesIn(client, room, 1);
  const start = Date.now() + 120_000;
  setClock(start);
  for (const room of rooms) await playAlarms(room, start + 60_000);
  await playAlarms(user, start + 60_000);
  for (const object of [user, ...rooms]) await object.hibernate();
  const rang = { user: 0, rooms: 0 };
  // The socket gives a sign of life every eight minutes; of the runtime's own answers to pings the clock is another.
  const beat = async () => {
    client.send({ type: "history", limit: 1 });
    await client.drained();
  };
  for (let step = 1; step <= 180; step++) {
    await beat();
    rang.user += (await playAlarms(user, start + (step * 24 * HOUR) / 180, { hibernating: true })).length;
  }
  for (const room of rooms) rang.rooms += (await playAlarms(room, start + 24 * HOUR, { hibernating: true })).length;
  console.info(`a day of nothing: ${rang.user} alarms of the person, ${rang.rooms} of 5 rooms`);
  expect(rang.user).toBeLessThanOrEqual(24);
  // Each room trims its log now and then.
  expect(rang.rooms).toBeLessThanOrEqual(5 * 24);
  expect(client.closed).toBeNull();
  await rooms[2]?.publish({ data: "after a day" });
  await messagesIn(client, rooms[2] as Room, 2);
  expect(dataIn(client, rooms[2] as Room)).toEqual([1, "after a day"]);
});

test("SUB-8 when all have gone nothing is left of them", async () => {
  const { user, rooms, client, begin } = await personIn(20, { presence: "members" });
  const others = await Promise.all(upTo(3).map((n) => device(new User(`o${n}`))));
  await begin();
  for (const other of others) await Promise.all(rooms.map((room) => subscribe(other, room)));
  await Promise.all(rooms.map((room) => room.publish({ data: 1 })));
  for (const each of [client, ...others]) await each.close(1000);
  for (const room of rooms)
    await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "no link to be left");
  await until(async () => (await user.rows("SELECT connection FROM subscriptions")).length === 0, "no row to be left");
  for (const room of rooms) expect((await room.call("GET", "presence")).body).toEqual({ count: 0, members: [] });
  const connections = await user.call("GET", "connections");
  expect(connections.body).toEqual([]);
  const start = Date.now() + HOUR;
  setClock(start);
  for (const each of [user, ...rooms.slice(0, 3)]) {
    await playAlarms(each, start + HOUR);
    expect((await each.alarm()) ?? start + 2 * HOUR).toBeGreaterThan(start + HOUR);
  }
});

test("PRESENCE-7 where somebody watches, a vanished socket is found within the time of a sweep", async () => {
  const start = Date.now() + 60_000;
  setClock(start);
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  await subscribe(client, room);
  client.send("ping");
  await client.until(() => client.pongs > 0, "a pong");
  const watcher = await connect(room, { user: "watcher", query: { presence: "members", member: 0 } });
  await until(async () => ((await user.alarm()) ?? Number.POSITIVE_INFINITY) < start + 700_000, "a nearer alarm");
  setClock(start + 590_000);
  await watcher.request({ type: "history" });
  await playAlarms(user, start + 800_000, { hibernating: true });
  await watcher.until(() => watcher.framesOf("presence").length > 0, "the leave");
  expect(watcher.framesOf("presence")).toMatchObject([{ left: [{ user: user.id }] }]);
  expect(framesIn(client, room, "unsubscribed")).toEqual([]);
  expect(await client.ended()).toMatchObject({ code: 4408 });
});
