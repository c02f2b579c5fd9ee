import { afterEach, expect, test } from "vitest";
import { hold, intercept } from "./support/calls.ts";
import type { Channel } from "./support/channel.ts";
import { type Client, connect } from "./support/client.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { placesOf, presenceOf } from "./support/person.ts";
import { Room } from "./support/room.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

afterEach(useRealClock);

const LOGGED_OUT = { code: 4401, reason: "unauthenticated" };
const logOut = async (user: User): Promise<number> => (await user.call("DELETE", "connections")).body.closed;
/** A connection, or the words with which it was refused. */
const join = async (channel: Channel, user: User, age: number): Promise<Client | string> =>
  connect(channel, { token: await user.token(age) }).catch((error: Error) => error.message);
const asOwner = async (channel: Channel, user: User): Promise<Client> => connect(channel, { user: user.id });
const isClient = (joined: Client | string): joined is Client => typeof joined !== "string";

/** At the beginning of a second, so that what is done next is done in it. */
function wholeSecond(): number {
  const start = Math.floor(Date.now() / 1000) * 1000;
  setClock(start);
  return start;
}

/** Who is in the room is known to be, and the next log-out reaches them. */
async function expectReached(user: User, client: Client, second: number): Promise<void> {
  expect(await presenceOf(user)).toMatchObject({ online: true, connections: 1 });
  setClock(second + 5000);
  expect(await logOut(user)).toBe(1);
  expect(await client.ended()).toEqual(LOGGED_OUT);
}

test.each(["call", "answer"] as const)(
  "REVOKE-1 who is coming in by an old token at that moment is not let in (the %s on its way)",
  async (what) => {
    const [user, room] = [new User("alice"), new Room("lobby")];
    const enter = hold(user, "enter", what);
    const coming = join(room, user, 5);
    await until(() => enter.waiting === 1, "the registration");
    expect(await logOut(user)).toBe(0);
    enter.release();
    expect(await coming).toMatch(/^refused: 401/);
    expect((await room.call("GET", "presence")).body.count).toBe(0);
    expect(await presenceOf(user)).toMatchObject({ online: false, connections: 0 });
    expect(await placesOf(user)).toEqual([]);
  },
);

test.each(["call", "answer"] as const)(
  "REVOKE-1 who is coming in by a younger token is let in, and the next log-out reaches them (the %s on its way)",
  async (what) => {
    const start = wholeSecond();
    const [user, room] = [new User("alice"), new Room("lobby")];
    const enter = hold(user, "enter", what);
    const coming = join(room, user, -1);
    await until(() => enter.waiting === 1, "the registration");
    expect(await logOut(user)).toBe(0);
    enter.release();
    const client = await coming;
    if (!isClient(client)) throw new Error(client);
    await expectReached(user, client, start);
  },
);

test.each(["call", "answer"] as const)(
  "REVOKE-1 who comes in by a younger token while the room is being told stays, and the next log-out reaches them (the %s on its way)",
  async (what) => {
    const start = wholeSecond();
    const [user, room] = [new User("alice"), new Room("lobby")];
    const old = await join(room, user, 5);
    const revoke = hold(room, "revoke", what);
    const closed = logOut(user);
    await until(() => revoke.waiting === 1, "the log-out on its way");
    setClock(start + 1); // a registration later than the one that is being revoked
    const young = await join(room, user, -1);
    revoke.release();
    expect(await closed).toBe(1);
    if (!isClient(old) || !isClient(young)) throw new Error("refused");
    expect(await old.ended()).toEqual(LOGGED_OUT);
    expect(young.closed).toBeNull();
    await expectReached(user, young, start);
  },
);

test("REVOKE-1 who is coming in while the room is being told, and is there after it has answered, is reached by the next", async () => {
  const start = wholeSecond();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const old = await join(room, user, 5);
  const revoke = hold(room, "revoke", "call");
  const closed = logOut(user);
  await until(() => revoke.waiting === 1, "the log-out on its way");
  await user.call("GET", "connections");
  if (isClient(old)) await old.close(1000);
  await user.call("GET", "connections"); // the room has to register them again
  setClock(start + 1);
  const enter = hold(user, "enter", "answer");
  const coming = join(room, user, -1);
  await until(() => enter.waiting === 1, "the registration");
  revoke.release();
  expect(await closed).toBe(0);
  enter.release();
  const young = await coming;
  if (!isClient(young)) throw new Error(young);
  await expectReached(user, young, start);
});

test("REVOKE-1 two log-outs at once close each connection once, and leave nobody anywhere", async () => {
  const user = new User("alice");
  const rooms = Array.from({ length: 5 }, () => new Room("lobby"));
  const clients = await Promise.all(rooms.map((room) => join(room, user, 5)));
  const closed = await Promise.all([logOut(user), logOut(user), logOut(user)]);
  expect(closed.reduce((sum, each) => sum + each)).toBe(5);
  for (const client of clients) if (isClient(client)) expect(await client.ended()).toEqual(LOGGED_OUT);
  expect(await placesOf(user)).toEqual([]);
});

test("REVOKE-1 a second log-out while the first is on its way is told too, and to who came in between", async () => {
  const start = wholeSecond();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const old = await join(room, user, 5);
  const revoke = hold(room, "revoke", "call");
  const first = logOut(user);
  await until(() => revoke.waiting === 1, "the first on its way");
  setClock(start + 1000);
  const young = await join(room, user, 0);
  setClock(start + 2000);
  const second = logOut(user);
  await until(() => revoke.waiting === 2, "the second on its way");
  revoke.release();
  expect((await first) + (await second)).toBe(2);
  if (!isClient(old) || !isClient(young)) throw new Error("refused");
  for (const client of [old, young]) expect(await client.ended()).toEqual(LOGGED_OUT);
  await until(async () => (await placesOf(user)).length === 0, "nobody anywhere");
});

test("REVOKE-1 a leave that is told while the room hears of the log-out does no harm", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  const [client, staying] = [await join(room, user, 5), await join(other, user, 5)];
  const left = hold(user, "left", "call");
  if (isClient(client)) await client.close(1000);
  await until(() => left.waiting === 1, "the leave on its way");
  const revoke = hold(room, "revoke", "call");
  const closed = logOut(user);
  await until(() => revoke.waiting === 1, "the log-out on its way");
  left.release();
  revoke.release();
  expect(await closed).toBe(1);
  if (isClient(staying)) expect(await staying.ended()).toEqual(LOGGED_OUT);
  expect(await placesOf(user)).toEqual([]);
});

test("REVOKE-1 a question that was under way is answered as it was asked, and never again so", async () => {
  const start = wholeSecond();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  const asked = hold(user, "tokensBefore", "answer");
  const slow = room.call("GET", "messages", { token });
  await until(() => asked.waiting === 1, "the question");
  asked.letGo();
  expect(await logOut(user)).toBe(0);
  setClock(start + 800);
  asked.release();
  expect((await slow).status).toBe(200);
  expect((await room.call("GET", "messages", { token })).status).toBe(401);
});

test("REVOKE-1 a question that was under way is refused, if the room has heard of the log-out meanwhile", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  const client = await join(room, user, 5);
  await room.hibernate(); // it has to ask again
  const asked = hold(user, "tokensBefore", "answer");
  const slow = room.publish({ data: 1 }, { token });
  await until(() => asked.waiting === 1, "the question");
  expect(await logOut(user)).toBe(1);
  if (isClient(client)) await client.ended();
  asked.release();
  expect((await slow).status).toBe(401);
});

test("REVOKE-1 so is one whose answer comes after the user has long been gone", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  await join(room, user, 5);
  await room.hibernate();
  const asked = hold(user, "tokensBefore", "answer");
  const slow = room.publish({ data: 1 }, { token });
  await until(() => asked.waiting === 1, "the question");
  const left = hold(user, "left", "call");
  expect(await logOut(user)).toBe(1);
  await until(() => left.waiting === 1, "the departure");
  asked.release();
  expect((await slow).status).toBe(401);
});

test("REVOKE-1 AUTH-9 a renewal by an old token that is under way is refused", async () => {
  wholeSecond();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await join(room, user, -5);
  if (!isClient(client)) throw new Error(client);
  await room.hibernate();
  const asked = hold(user, "tokensBefore", "answer");
  const renewal = client.request({ type: "auth", token: await user.token(5) });
  await until(() => asked.waiting === 1, "the question");
  expect(await logOut(user)).toBe(0);
  asked.release();
  expect(await renewal).toMatchObject({ type: "error", code: "unauthenticated" });
  expect(client.closed).toBeNull();
});

test("REVOKE-1 MSG-3 what somebody publishes while they are logged out is acknowledged or refused, never both", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await join(room, user, 5);
  if (!isClient(client)) throw new Error(client);
  for (let n = 0; n < 50; n++) client.send({ type: "publish", data: n, ref: `p${n}` });
  expect(await logOut(user)).toBe(1);
  expect(await client.ended()).toEqual(LOGGED_OUT);
  const stored = (await room.call("GET", "messages")).body.messages;
  const acknowledged = client.answers().filter(({ type }) => type === "ack");
  for (const { seq } of acknowledged) expect(stored.map((message: { seq: number }) => message.seq)).toContain(seq);
});

test("REVOKE-1 who is coming in by the API_KEY in their name is there after it, and the next log-out reaches them", async () => {
  const start = wholeSecond();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const enter = hold(user, "enter", "answer");
  const coming = asOwner(room, user);
  await until(() => enter.waiting === 1, "the registration");
  expect(await logOut(user)).toBe(0);
  setClock(start + 1000);
  enter.release();
  await expectReached(user, await coming, start);
});

test("REVOKE-1 a room is told once, and asked nothing, while all goes well", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  for (let n = 0; n < 3; n++) await join(room, user, 5);
  const told = intercept(room, "revoke", ({ proceed }) => proceed());
  const asked = intercept(room, "whereabouts", ({ proceed }) => proceed());
  expect(await logOut(user)).toBe(3);
  const alarm = await user.alarm();
  if (alarm !== null) await user.ring();
  expect([told.count, asked.count]).toEqual([1, 0]);
});
