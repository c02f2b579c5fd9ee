import { afterEach, expect, test } from "vitest";
import type { ConnectFacts } from "../../../src/object/rpc.ts";
import { cutOff } from "../support/calls.ts";
import { Client } from "../support/client.ts";
import { playAlarms, setClock, useRealClock } from "../support/clock.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { until } from "../support/until.ts";
import { User } from "../support/user.ts";

afterEach(useRealClock);

const has = (client: Client, count: number) => client.until(() => client.seqs.length >= count, `${count} messages`);

/** Of a refusal. */
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

/** A connection of a user whose object knows where they are. */
async function connectUser(relay: Relay, user: User): Promise<Client> {
  const issuedAt = Math.floor(Date.now() / 1000) - 10;
  const who: Partial<ConnectFacts["identity"]> = { kind: "user", issuedAt, expires: Date.now() + 3_600_000 };
  const answer = await relay.dial(user.id, {}, who);
  if (answer.webSocket === null) throw new Error(`refused: ${await answer.text()}`);
  const client = new Client(answer.webSocket);
  await client.until(() => client.frames.length > 0, "a welcome");
  return client;
}

test("RELAY-6 where a user is, and a log-out, count the connections at relays, as connections to the room", async () => {
  const [room, user] = [new Room("lobby"), new User("alice")];
  const relays = [new Relay(room, 0), new Relay(room, 1)];
  const clients = await Promise.all(relays.map((relay) => connectUser(relay, user)));
  const where = await user.call("GET", "connections");
  expect(where.body.map(({ channel }: { channel: string }) => channel)).toEqual([room.address, room.address]);
  expect(where.body.map(({ connection }: { connection: string }) => connection).sort()).toEqual(
    clients.map(({ welcome }) => welcome.connection).sort(),
  );
  expect((await user.call("GET", "presence")).body).toMatchObject({ online: true });
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 2 });
  for (const client of clients) expect((await client.ended()).code).toBe(4401);
});

test("RELAY-6 a token that was revoked is refused at a relay too", async () => {
  const [room, user] = [new Room("lobby"), new User("alice")];
  await user.call("DELETE", "connections");
  const issuedAt = Math.floor(Date.now() / 1000) - 10;
  const answer = await new Relay(room).dial(user.id, {}, { kind: "user", issuedAt, expires: Date.now() + 60_000 });
  expect(await codeOf(answer)).toBe("unauthenticated");
});

test("RELAY-8 without the room nobody is let in, and nobody is left without progress for long", async () => {
  const start = Date.now();
  const room = new Room("lobby");
  const relay = new Relay(room);
  const client = await relay.connect("alice");
  const [up, link] = [cutOff(room, "up"), cutOff(room, "link")];
  expect(await codeOf(await relay.dial("bob"))).toBe("overloaded");
  expect(client.closed).toBeNull();
  await until(async () => (await relay.alarm()) !== null, "an alarm");
  setClock(start + 5000);
  await playAlarms(relay, start + 29_000, { hibernating: true });
  expect(client.closed).toBeNull();
  await playAlarms(relay, start + 45_000);
  expect(await client.ended()).toEqual({ code: 4503, reason: "overloaded" });
  expect(up.count).toBeGreaterThan(4);
  up.letGo();
  link.letGo();
  const back = await relay.connect("alice");
  await room.publish({ data: 1 });
  await has(back, 1);
});

test("RELAY-8 a room that comes back is joined again, and nobody notices", async () => {
  const start = Date.now();
  const room = new Room("lobby");
  const relay = new Relay(room);
  const client = await relay.connect("alice");
  const up = cutOff(room, "up");
  expect(await codeOf(await relay.dial("bob"))).toBe("overloaded");
  await until(async () => (await relay.alarm()) !== null, "an alarm");
  up.letGo();
  setClock(start + 3000);
  await playAlarms(relay, start + 10_000, { hibernating: true });
  await until(async () => (await relay.rows("SELECT lost_at FROM relay"))[0]?.lost_at === null, "the room");
  setClock(start + 60_000);
  await playAlarms(relay, start + 60_000);
  await room.publish({ data: 1 });
  await has(client, 1);
  expect(client.closed).toBeNull();
});

test("RELAY-8 one that has slept without a place in its room looks for one when it wakes", async () => {
  const start = Date.now();
  const room = new Room("lobby");
  const relay = new Relay(room);
  const client = await relay.connect("alice");
  const [up, link] = [cutOff(room, "up"), cutOff(room, "link")];
  await relay.inside((_, { storage }) => storage.sql.exec("UPDATE relay SET subscription = NULL").toArray());
  await relay.hibernate();
  await relay.wake();
  await until(async () => (await relay.alarm()) !== null, "an alarm");
  up.letGo();
  link.letGo();
  setClock(start + 5000);
  await playAlarms(relay, start + 10_000);
  await until(async () => (await relay.rows("SELECT subscription FROM relay"))[0]?.subscription !== null, "a place");
  await room.publish({ data: 1 });
  await has(client, 1);
  expect(client.closed).toBeNull();
});

test("a relay without connections lets go of its room and of all it has stored; the next one begins anew", async () => {
  const start = Date.now();
  const room = new Room("lobby");
  await room.fill(10);
  const relay = new Relay(room);
  const client = await relay.connect("alice", { start: { kind: "rewind", count: 10 } });
  await has(client, 10);
  await client.close(1000);
  await until(async () => (await relay.alarm()) !== null, "an alarm");
  setClock(start + 200_000);
  await playAlarms(relay, start + 200_000, { hibernating: true });
  expect(await room.rows("SELECT user FROM links")).toHaveLength(1);
  setClock(start + 1_000_000);
  await playAlarms(relay, start + 1_000_000, { hibernating: true });
  await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "the link to be gone");
  expect(await relay.rows("SELECT name FROM sqlite_master WHERE name IN ('log', 'relay', 'meta')")).toEqual([]);
  useRealClock();
  const back = await relay.connect("alice", { start: { kind: "rewind", count: 3 } });
  await has(back, 3);
  expect(back.seqs).toEqual([8, 9, 10]);
});

test("a relay with silent connections sleeps, and so does its room", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const client = await relay.connect("alice", { member: false });
  expect(await relay.alarm()).toBeNull();
  await relay.hibernate();
  await room.hibernate();
  await room.publish({ data: 1 });
  await has(client, 1);
});
