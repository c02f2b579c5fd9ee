import { listDurableObjectIds } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { RelayObject } from "../../../src/object/relay-object.ts";
import { RoomObject } from "../../../src/object/room-object.ts";
import { type ConnectFacts, FACTS_HEADER } from "../../../src/object/rpc.ts";
import { placeOf } from "../../../src/transport/connection-id.ts";
import { connect, handshake } from "../support/client.ts";
import { open, TRANSPORTS } from "../support/device.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { env, tokenFor, useSettings, worker } from "../support/service.ts";
import { openStream } from "../support/stream.ts";
import { until } from "../support/until.ts";
import { User } from "../support/user.ts";

const ABOVE = 2;
const FULL = 3;
useSettings({ RELAY_ABOVE: ABOVE, RELAY_CONNECTIONS: FULL, CONNECTIONS: FULL });

/** A room that holds as many connections as it takes. */
async function crowded(name: string) {
  const room = new Room(name);
  const own = [];
  for (let n = 0; n < ABOVE; n++) own.push(await connect(room, { user: `first-${n}` }));
  return { room, own, relay: new Relay(room, "weur.0") };
}
const heldBy = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
const at = (connection: string) => connection.split("~")[1] ?? "room";

/** Lets `answer` answer the handshakes with all objects of that class, for as long as `work` lasts. */
async function answering<Result>(
  { prototype }: typeof RelayObject | typeof RoomObject,
  answer: (request: Request, original: () => Promise<Response>) => Promise<Response>,
  work: () => Promise<Result>,
): Promise<Result> {
  const { fetch } = prototype;
  prototype.fetch = function (request) {
    return answer(request, () => fetch.call(this, request));
  };
  try {
    return await work();
  } finally {
    prototype.fetch = fetch;
  }
}

test("ROUTE-1 ROUTE-2 the room holds its connections up to the threshold, a relay those above, and their names say so", async () => {
  const { room, own, relay } = await crowded("threshold");
  expect(own.map(({ welcome }) => at(welcome.connection))).toEqual(["room", "room"]);
  const more = [await connect(room, { user: "alice" }), await connect(room, { user: "bob" })];
  const names = more.map(({ welcome }) => welcome.connection);
  expect(names.map(at)).toEqual(["weur.0", "weur.0"]);
  expect((await relay.connections()).toSorted()).toEqual(names.toSorted());
  expect(await heldBy(room)).toBe(ABOVE);
});

test.each(TRANSPORTS)("ROUTE-1 ROUTE-2 it is the same over %s", async (transport) => {
  const { room, relay } = await crowded("transports");
  // A device's second poll is waited for inside of what holds it.
  const channel = Object.assign(Object.create(room) as Room, { inside: relay.inside.bind(relay) });
  const device = await open(transport, channel, { token: await tokenFor("alice") });
  expect(at(device.connection)).toBe("weur.0");
  expect(await relay.connections()).toEqual([device.connection]);
  expect(await heldBy(room)).toBe(ABOVE);
  await device.leave();
});

test("ROUTE-1 below the threshold no relay is made", async () => {
  const before = (await listDurableObjectIds(env.RELAYS)).length;
  const room = new Room("small");
  const only = await connect(room, { user: "alice" });
  await room.publish({ data: 1 });
  await until(() => only.seqs.length === 1, "the message");
  expect((await listDurableObjectIds(env.RELAYS)).length).toBe(before);
});

test("ROUTE-1 a user's own channel has no relays", async () => {
  const user = new User("alice");
  const devices = [];
  for (let n = 0; n < FULL; n++) devices.push(await connect(user, { token: await user.token() }));
  expect(devices.map(({ welcome }) => at(welcome.connection))).toEqual(Array(FULL).fill("room"));
});

test("ROUTE-1 the relay is near its client", async () => {
  const { room } = await crowded("near");
  const cf = { continent: "OC" };
  const headers = { upgrade: "websocket", authorization: `Bearer ${await tokenFor("alice")}` };
  const { webSocket } = await worker.fetch(new Request(room.url("connect"), { headers, cf }));
  webSocket?.accept();
  expect(await new Relay(room, "oc.0").connections()).toHaveLength(1);
});

test("ROUTE-1 when the room's plan is known it is not asked about each connection", async () => {
  const { room } = await crowded("asked-once");
  let asked = 0;
  await answering(
    RoomObject,
    (_, original) => {
      asked++;
      return original();
    },
    async () => {
      for (let n = 0; n < FULL; n++) await connect(room, { user: `user-${n}` });
    },
  );
  expect(asked).toBe(1);
});

test("ROUTE-1 nobody is moved: a connection of the room stays when there are many, and one of a relay when there are few", async () => {
  const { room, own, relay } = await crowded("stay");
  const above = await connect(room, { user: "alice" });
  for (const client of own) await client.close(1000);
  await above.drained();
  expect(await relay.connections()).toEqual([above.welcome.connection]);
});

test("ROUTE-1 with all relays full others are let in, until the room itself is full", async () => {
  const { room, relay } = await crowded("full");
  for (let n = 0; n < FULL; n++) await connect(room, { user: `user-${n}` });
  expect(await relay.connections()).toHaveLength(FULL);
  const late = await connect(room, { user: "late" });
  expect(at(late.welcome.connection)).not.toBe("weur.0");
});

test("ROUTE-1 if no relay can be reached the room holds the connection, and refuses when it is full", async () => {
  const { room } = await crowded("unreachable");
  const broken = () => Promise.reject(new Error("made by a test"));
  await answering(RelayObject, broken, async () => {
    const client = await connect(room, { user: "alice" });
    expect(at(client.welcome.connection)).toBe("room");
    expect(await heldBy(room)).toBe(FULL);
    const refused = await handshake(room, { user: "bob" });
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: "overloaded" }]);
  });
});

test("ROUTE-1 a relay's refusal is the client's", async () => {
  const { room } = await crowded("refused");
  const failure = { code: "forbidden", detail: "Not you." };
  await answering(
    RelayObject,
    async () => Response.json(failure, { status: 409 }),
    async () => {
      const refused = await handshake(room, { user: "alice" });
      expect([refused.status, await refused.json()]).toMatchObject([403, failure]);
    },
  );
  expect(await heldBy(room)).toBe(ABOVE);
});

const poll = async (room: Room, query: Record<string, string | number>) => {
  const { status, body } = await room.call("GET", "poll", { token: await tokenFor("alice"), query });
  expect(status).toBe(200);
  return body as { cursor: string; connection: string };
};

test("ROUTE-2 POLL-3 a poll goes on at its relay, though the room has places by now", async () => {
  const { room, own } = await crowded("polls");
  const first = await poll(room, { timeout: 0 });
  expect(at(first.connection)).toBe("weur.0");
  for (const client of own) await client.close(1000);
  const second = await poll(room, { timeout: 0, after: first.cursor, connection: first.connection });
  expect(second.connection).toBe(first.connection);
});

test("ROUTE-2 POLL-3 and one of the room goes on there, though it is crowded by now", async () => {
  const room = new Room("polls");
  const first = await poll(room, { timeout: 0 });
  for (let n = 0; n < ABOVE; n++) await connect(room, { user: `user-${n}` });
  const second = await poll(room, { timeout: 0, after: first.cursor, connection: first.connection });
  expect(second.connection).toBe(first.connection);
  expect(at(second.connection)).toBe("room");
});

const goesOn = (request: Request) =>
  !(JSON.parse(decodeURIComponent(request.headers.get(FACTS_HEADER) ?? "")) as ConnectFacts).options.isNew;

test.each(["overloaded", "not_found"] as const)("ROUTE-2 a poll whose relay says %s begins anew", async (code) => {
  const { room, own } = await crowded("polls");
  const first = await poll(room, { timeout: 0 });
  await own[0]?.close(1000);
  const next = await answering(
    RelayObject,
    async (request, original) =>
      goesOn(request) || code === "overloaded" ? Response.json({ code, detail: "" }, { status: 409 }) : original(),
    () => poll(room, { timeout: 0, after: first.cursor, connection: first.connection }),
  );
  expect(at(next.connection)).toBe(code === "overloaded" ? "room" : "weur.0");
  expect(next.connection).not.toBe(first.connection);
});

/** How often relays were asked meanwhile to do what a client wants. */
async function askedOfRelays(work: () => Promise<unknown>): Promise<number> {
  const methods = ["publish", "signal", "setMemberData"] as const;
  const spies = methods.map((name) => vi.spyOn(RelayObject.prototype, name));
  try {
    await work();
    return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test("ROUTE-2 what is said in the name of a relay's connection is said there, all else to the room", async () => {
  const { room, own } = await crowded("named");
  const token = await tokenFor("alice");
  const stream = await openStream(room, { token, query: { member: 1, signals: 1 } });
  const { connection } = stream.welcome;
  const said = async (name: string) => {
    const query = { connection: name };
    const answers = [
      await room.call("POST", "messages", { token, query, body: { data: 1 } }),
      await room.call("POST", "signals", { token, query, body: { event: "wave", data: 1 } }),
    ];
    return answers.map(({ status }) => status);
  };
  expect(await askedOfRelays(async () => expect(await said(connection)).toEqual([201, 202]))).toBe(2);
  for (const other of ["", "weur.0", "~weur.0 ", crypto.randomUUID(), own[0]?.welcome.connection])
    expect(await askedOfRelays(async () => expect(await said(other)).toEqual([201, 202])), other).toBe(0);
  await stream.cancel();
});

test("ROUTE-2 PRESENCE-10 member data of a relay's connection is set there", async () => {
  const { room } = await crowded("data");
  const token = await tokenFor("alice");
  const stream = await openStream(room, { token, query: { member: 1 } });
  const put = (connection: string) =>
    room.call("PUT", "presence", { token, query: { connection }, body: { data: { at: "desk" } } });
  const asked = await askedOfRelays(async () => {
    expect((await put(stream.welcome.connection)).status).toBe(200);
  });
  expect(asked).toBe(1);
  expect((await put(`${crypto.randomUUID()}~weur.0`)).status).toBe(404);
  await stream.cancel();
});

test("ROUTE-2 a connection that the relay does not hold is as if none were given: the room is asked", async () => {
  const room = new Room("made-up");
  const connection = `${crypto.randomUUID()}~apac.999`;
  const token = await tokenFor("alice");
  const answer = await room.call("POST", "messages", { token, query: { connection }, body: { data: 1 } });
  expect(answer.status).toBe(201);
  expect((await room.call("GET", "messages")).body.messages).toHaveLength(1);
  const signal = { token, query: { connection }, body: { event: "wave", data: 1 } };
  expect((await room.call("POST", "signals", signal)).status).toBe(202);
  // And the relay that was named keeps nothing.
  expect(placeOf(connection)).toEqual({ region: "apac", shard: 999 });
  const tables = "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'";
  const relay = new Relay(room, "apac.999");
  expect(await relay.inside((_, { storage }) => storage.sql.exec(tables).toArray())).toEqual([]);
});
