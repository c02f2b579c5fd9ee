import { afterEach, expect, test } from "vitest";
import { type Client, connect, handshake } from "./support/client.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { tokenFor, useSettings } from "./support/service.ts";
import { holdingTimers } from "./support/timers.ts";

useSettings({ CONNECTIONS: 25, PENDING_MESSAGES: 100, PENDING_BYTES: 1024 * 1024, BODY_BYTES: 1024 * 1024 - 1 });
afterEach(useRealClock);

const connectMany = (room: Room, count: number, user: (index: number) => string) =>
  Promise.all(Array.from({ length: count }, (_, index) => connect(room, { user: user(index) })));

async function expectRefused(room: Room, user: string, status: number, code: string): Promise<void> {
  const answer = await handshake(room, { user });
  expect(answer.status).toBe(status);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await answer.json()).toMatchObject({ code, retryable: true });
}

test("CONNECT-5 a user's 21st connection is 429, also after a hibernation, until one goes", async () => {
  const room = new Room("user-limit");
  const connections = await connectMany(room, 20, () => "bob");
  await expectRefused(room, "bob", 429, "rate_limited");
  await room.hibernate();
  await expectRefused(room, "bob", 429, "rate_limited");
  await connect(room, { user: "carol" });
  await connections[7]?.close(1001);
  await connect(room, { user: "bob" });
  await expectRefused(room, "bob", 429, "rate_limited");
});

test("CONNECT-5 CONNECT-2 the 21st of a client with edgewire.v1 closes 4429", async () => {
  const room = new Room("user-limit");
  await connectMany(room, 20, () => "bob");
  const headers = { "sec-websocket-protocol": "edgewire.v1" };
  const { webSocket } = await handshake(room, { user: "bob", headers });
  const closed = new Promise<CloseEvent>((resolve) => webSocket?.addEventListener("close", resolve));
  webSocket?.accept();
  expect(await closed).toMatchObject({ code: 4429, reason: "rate_limited" });
});

test("CONNECT-5 a full channel is 503, also after a hibernation, until one goes", async () => {
  const room = new Room("full");
  const connections = await connectMany(room, 25, (index) => `user-${index}`);
  await expectRefused(room, "late", 503, "overloaded");
  await room.hibernate();
  await expectRefused(room, "late", 503, "overloaded");
  await connections[3]?.close(1000);
  await connect(room, { user: "late" });
  await expectRefused(room, "later", 503, "overloaded");
});

test("CONNECT-5 HEART-2 the dead do not take up room", async () => {
  const start = Date.now();
  setClock(start);
  const room = new Room("full-of-dead");
  await connectMany(room, 25, (index) => `user-${index}`);
  setClock(start + 600_000);
  const late = await connect(room, { user: "late", query: { presence: "count" } });
  expect(late.welcome.presence).toEqual({ count: 1 });
});

/** Sends so many publishes into one flush that is held back; resolves when they have all been accepted or refused. */
async function pipeline(client: Client, count: number, data: unknown = null): Promise<void> {
  for (let n = 0; n < count; n++) client.send({ type: "publish", event: "say", data, ref: `p${n}` });
  await client.drained();
}

const codes = (client: Client) => client.framesOf("error").map(({ ref, code }) => [ref, code]);

test("PUBLISH-3 with as many messages unwritten as may be, the next are overloaded, and the others are stored", async () => {
  const room = new Room("pending");
  const bob = await connect(room, { user: "bob" });
  await holdingTimers(async (timers) => {
    await pipeline(bob, 102);
    expect(codes(bob)).toEqual([
      ["p100", "overloaded"],
      ["p101", "overloaded"],
    ]);
    expect(bob.framesOf("error")[0]?.retryAfter).toBeGreaterThan(0);
    const answer = await room.publish({ data: 1 });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await timers.fireAll(room);
  });
  await bob.drained();
  expect(bob.seqs).toHaveLength(100);
  expect((await room.publish({ data: 1 })).body.seq).toBe(101);
});

test("PUBLISH-2 PUBLISH-3 an array that does not fit in is refused as a whole; one that does is taken", async () => {
  const room = new Room("pending-array");
  const bob = await connect(room, { user: "bob" });
  const array = (length: number) => Array.from({ length }, (_, n) => ({ data: n, id: `${length}-${n}` }));
  await holdingTimers(async (timers) => {
    await pipeline(bob, 50);
    expect((await room.publish(array(51))).status).toBe(503);
    const taken = room.publish(array(50));
    while (timers.waiting === 0) await bob.drained();
    await bob.drained();
    await timers.fireAll(room);
    expect((await taken).status).toBe(201);
  });
  await bob.drained();
  expect(bob.seqs).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect((await room.publish(array(51))).body.results.some(({ duplicate }: { duplicate?: true }) => duplicate)).toBe(
    false,
  );
});

test("PUBLISH-3 with as many bytes unwritten as may be, the next are overloaded", async () => {
  const room = new Room("pending-bytes");
  const bob = await connect(room, { user: "bob" });
  await holdingTimers(async (timers) => {
    await pipeline(bob, 18, "x".repeat(60_000));
    expect(codes(bob)).toEqual([["p17", "overloaded"]]);
    await timers.fireAll(room);
  });
  await bob.drained();
  expect(bob.seqs).toHaveLength(17);
});

test("SIGNAL-3 signals that wait are bounded too", async () => {
  const room = new Room("pending-signals");
  const ann = await connect(room, { user: "ann" });
  const bob = await connect(room, { user: "bob" });
  await holdingTimers(async (timers) => {
    for (let n = 0; n <= 100; n++) bob.send({ type: "signal", event: "s", data: n, key: `${n}`, ref: `s${n}` });
    await bob.drained();
    expect(codes(bob)).toEqual([["s100", "overloaded"]]);
    await timers.fireAll(room);
  });
  await ann.drained();
  expect(ann.framesOf("signals").flatMap(({ signals }) => signals)).toHaveLength(100);
});

test("PUBLISH-3 the rates of a user over HTTP and of a connection are apart, and the API key has none", async () => {
  const start = Date.now();
  setClock(start);
  const room = new Room("rates");
  const token = await tokenFor("bob");
  const bob = await connect(room, { token });
  for (let n = 0; n < 100; n++)
    expect(await bob.request({ type: "publish", event: "say", data: n })).toMatchObject({ type: "ack" });
  expect(await bob.request({ type: "publish", event: "say", data: 0 })).toMatchObject({
    code: "rate_limited",
    retryAfter: 20,
  });
  expect(
    (
      await room.publish(
        Array.from({ length: 100 }, () => ({ data: 1 })),
        { token },
      )
    ).status,
  ).toBe(201);
  expect((await room.publish({ data: 1 }, { token })).status).toBe(429);
  expect((await room.publish({ data: 1 })).status).toBe(201);
  setClock(start + 20);
  expect(await bob.request({ type: "publish", event: "say", data: 0 })).toMatchObject({ type: "ack" });
  expect((await room.publish({ data: 1 }, { token })).status).toBe(201);
});
