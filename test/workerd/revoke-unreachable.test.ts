import { afterEach, expect, test } from "vitest";
import { cutOff, hold } from "./support/calls.ts";
import type { Channel } from "./support/channel.ts";
import { type Client, connect, handshake } from "./support/client.ts";
import { playAlarms, setClock, useRealClock } from "./support/clock.ts";
import { ended, open, TRANSPORTS } from "./support/device.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { placesOf, presenceOf } from "./support/person.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor } from "./support/service.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

afterEach(useRealClock);

const logOut = async (user: User) => (await user.call("DELETE", "connections")).body;
const join = async (channel: Channel, user: User, age = 5): Promise<Client> =>
  connect(channel, { token: await user.token(age) });
/** ms: before an alarm rings by itself, by the real clock, and before it can be set for what is over by that. */
const AHEAD = 60_000;
const LOGGED_OUT = { code: 4401, reason: "unauthenticated" };
const untilTold = (user: User) => until(async () => (await placesOf(user)).length === 0, "all channels to be told");

test.each(TRANSPORTS)(
  "REVOKE-2 a room that cannot be reached is told as soon as it can: its %s is closed then",
  async (transport) => {
    const [user, sick, well] = [new User("alice"), new Room("sick"), new Room("well")];
    const token = await user.token();
    const there = await open(transport, sick, { token });
    const elsewhere = await join(well, user);
    const lost = cutOff(sick, "revoke");
    expect(await logOut(user)).toEqual({ closed: 1 });
    expect(await elsewhere.ended()).toEqual(LOGGED_OUT);
    await until(() => lost.count >= 2, "another try");
    expect(await placesOf(user)).toEqual([sick.address]);
    lost.letGo();
    expect(await ended(there)).toBe(4401);
    await untilTold(user);
  },
);

test("REVOKE-2 a room that takes its time is waited for a second; the answer counts what was closed by then", async () => {
  const [user, slow, well] = [new User("alice"), new Room("slow"), new Room("well")];
  const [there, elsewhere] = [await join(slow, user), await join(well, user)];
  const held = hold(slow, "revoke", "call");
  const began = performance.now();
  expect(await logOut(user)).toEqual({ closed: 1 });
  const took = performance.now() - began;
  expect(took).toBeGreaterThanOrEqual(900);
  expect(took).toBeLessThan(5000); // the room would have kept it for ever
  expect(await elsewhere.ended()).toEqual(LOGGED_OUT);
  held.release();
  expect(await there.ended()).toEqual(LOGGED_OUT);
  await untilTold(user);
});

test("REVOKE-2 a room is tried again after 0.2, 0.5, 1, 2, 5 and then every 10 s, with one alarm each, slept between or not", async () => {
  const start = Date.now() + AHEAD;
  setClock(start);
  const [user, room] = [new User("alice"), new Room("sick")];
  const client = await join(room, user);
  const lost = cutOff(room, "revoke");
  await logOut(user);
  const tries = (await playAlarms(user, start + 30_000)).map((at) => at - start);
  expect(tries).toEqual([200, 700, 1700, 3700, 8700, 18_700, 28_700]);
  expect(lost.count).toBe(8);
  lost.letGo();
  await playAlarms(user, start + 40_000, { hibernating: true });
  expect(await client.ended()).toEqual(LOGGED_OUT);
  await untilTold(user);
  expect(await playAlarms(user, start + 100_000)).toEqual([]);
});

test("REVOKE-2 while a room takes its time, the alarm does not ring again and again", async () => {
  const start = Date.now() + AHEAD;
  setClock(start);
  const [user, room] = [new User("alice"), new Room("slow")];
  const client = await join(room, user);
  const held = hold(room, "revoke", "call");
  const answer = logOut(user);
  await until(() => held.waiting === 1, "the first try");
  expect(await user.alarm()).toBe(start + 1000);
  setClock(start + 1000);
  for (let n = 0; n < 3; n++) await user.ring();
  await until(() => held.waiting === 2, "the second");
  expect(await user.alarm()).toBe(start + 1200);
  expect(held.count).toBe(2);
  held.release();
  await answer;
  expect(await client.ended()).toEqual(LOGGED_OUT);
  await untilTold(user);
});

test.each([
  ["the user's object", (user: User) => user.reset()],
  ["the room", (_: User, room: Room) => room.reset()],
  ["the whole process", (user: User) => user.crash()],
])("REVOKE-2 a crash of %s in between does not make it forget", async (what, crash) => {
  const [user, room] = [new User("alice"), new Room("sick")];
  const token = await user.token();
  const client = await join(room, user);
  const lost = cutOff(room, "revoke");
  expect(await logOut(user)).toEqual({ closed: 0 });
  await crash(user, room);
  const tries = lost.count;
  expect((await handshake(new Room("other"), { token })).status).toBe(401);
  await until(() => lost.count > tries, "a try after the crash");
  expect(await placesOf(user)).toEqual([room.address]);
  lost.letGo();
  const { code } = await client.ended();
  expect(code).toBe(what === "the user's object" ? 4401 : 1006);
  await untilTold(user);
  expect(await presenceOf(user)).toMatchObject({ online: false, connections: 0 });
});

test("REVOKE-2 a crash of the user's object is no loss though nobody asks for it: the alarm wakes it", async () => {
  const start = Date.now() + AHEAD;
  setClock(start);
  const [user, room] = [new User("alice"), new Room("sick")];
  const client = await join(room, user);
  const lost = cutOff(room, "revoke");
  await logOut(user);
  await user.reset();
  lost.letGo();
  await playAlarms(user, start + 2000);
  expect(await client.ended()).toEqual(LOGGED_OUT);
});

test("REVOKE-2 a room that fails while it closes them is told again, and its sockets are cut in any case", async () => {
  const [user, room] = [new User("alice"), new Room("broken")];
  const token = await user.token();
  const client = await join(room, user);
  await breakTable(room, "members");
  await logOut(user);
  expect((await client.ended()).code).toBe(1006);
  expect((await handshake(room, { token })).status).toBe(401);
  expect(await placesOf(user)).toEqual([room.address]);
  await mendTable(room);
  await untilTold(user);
}, 10_000);

test.each([false, true])(
  "REVOKE-1 a late retry spares who came back by a younger token, and no other (asleep: %s)",
  async (asleep) => {
    const [user, room] = [new User("alice"), new Room("sick")];
    const old = await join(room, user);
    const lost = cutOff(room, "revoke");
    await logOut(user);
    if (asleep) await room.hibernate();
    const young = await join(room, user, -1);
    lost.letGo();
    expect(await old.ended()).toEqual(LOGGED_OUT);
    await until(async () => (await user.rows("SELECT revoking FROM places"))[0]?.revoking === null, "the mark to go");
    expect(young.closed).toBeNull();
    expect((await user.call("GET", "connections")).body).toMatchObject([{ connection: young.welcome.connection }]);
  },
);

/** What somebody asks who is not in the room: the statuses. */
/** Nobody else holds a connection that was only opened: it would end with the garbage. */
const opened: Response[] = [];

async function asked(room: Room, token: string | undefined): Promise<Record<string, number>> {
  const by = token === undefined ? {} : { token };
  const connected = await handshake(room, by);
  opened.push(connected);
  return {
    connect: connected.status,
    publish: (await room.publish({ data: 1 }, by)).status,
    history: (await room.call("GET", "messages", by)).status,
    presence: (await room.call("GET", "presence", by)).status,
    poll: (await room.call("GET", "poll", { ...by, query: { timeout: 0 } })).status,
  };
}

test("REVOKE-2 where the user's object cannot be reached, a token is 503 and the API_KEY is none the worse", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  const cuts = [cutOff(user, "enter"), cutOff(user, "tokensBefore")];
  const down = { connect: 503, publish: 503, history: 503, presence: 503, poll: 503 };
  expect(await asked(room, token)).toEqual(down);
  const refused = await room.call("GET", "messages", { token });
  expect([refused.body.code, refused.body.retryable, refused.headers.get("retry-after")]).toEqual([
    "overloaded",
    true,
    "1",
  ]);
  expect(await asked(room, env.API_KEY)).toEqual({
    connect: 101,
    publish: 201,
    history: 200,
    presence: 200,
    poll: 200,
  });
  expect((await handshake(room, { user: user.id })).status).toBe(101);
  expect(await asked(room, await tokenFor("bob"))).toMatchObject({ connect: 101, publish: 201 });
  for (const cut of cuts) cut.letGo();
  expect(await asked(room, token)).toMatchObject({ connect: 101, publish: 201, history: 200 });
});

test("REVOKE-2 who is in the room goes on there while their object cannot be reached, HTTP included", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  const client = await join(room, user);
  const cuts = [cutOff(user, "enter"), cutOff(user, "tokensBefore")];
  expect(await client.request({ type: "publish", data: 1 })).toMatchObject({ type: "ack" });
  expect(await asked(room, token)).toEqual({ connect: 101, publish: 201, history: 200, presence: 200, poll: 200 });
  for (const cut of cuts) cut.letGo();
});

test("REVOKE-2 AUTH-9 a renewal that cannot be checked is told so, and may be tried again", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await join(room, user);
  await room.hibernate();
  const cut = cutOff(user, "tokensBefore");
  expect(await client.request({ type: "auth", token: await user.token() })).toMatchObject({
    type: "error",
    code: "internal",
  });
  cut.letGo();
  expect(await client.request({ type: "auth", token: await user.token() })).toMatchObject({ type: "ack" });
});

test("REVOKE-2 HTTP-5 a user's object that fails is 503, and what it said before holds", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  await join(room, user);
  await breakTable(user, "places");
  expect((await handshake(other, { token: await user.token() })).status).toBe(503);
  expect((await user.call("DELETE", "connections")).status).toBe(503);
  await mendTable(user);
  expect(await asked(other, await user.token())).toMatchObject({ connect: 101, publish: 201 });
  expect(await presenceOf(user)).toMatchObject({ online: true, connections: 2 });
});
