import { afterEach, expect, test } from "vitest";
import { type Client, connect } from "../support/client.ts";
import { playAlarms, standStill, useRealClock } from "../support/clock.ts";
import { Room } from "../support/room.ts";
import { User } from "../support/user.ts";
import { ALL, dataIn, device, framesIn, messagesIn, subscribe, upTo } from "./support.ts";

afterEach(useRealClock);

const over = (client: Client, room: Room) =>
  client.until(() => framesIn(client, room, "unsubscribed")[0], `the end of ${room.address}`);

async function following(capabilities: Record<string, string[]> = ALL) {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  const client = await device(user, capabilities);
  for (const each of [room, other]) await subscribe(client, each);
  return { user, room, other, client };
}

async function goesOn(client: Client, room: Room): Promise<void> {
  const before = dataIn(client, room).length;
  await room.publish({ data: "on" });
  await messagesIn(client, room, before + 1);
}

test("SUB-6 who is closed by an administrator is told of that channel, and the others go on", async () => {
  const { user, room, other, client } = await following();
  expect((await room.call("DELETE", "connections", { query: { user: user.id } })).body).toEqual({ closed: 1 });
  expect(await over(client, room)).toEqual({
    type: "unsubscribed",
    channel: room.address,
    code: 4403,
    reason: "forbidden",
  });
  await goesOn(client, other);
  expect(await client.request({ type: "publish", channel: room.address, data: 1 })).toMatchObject({
    code: "not_found",
  });
  expect(await subscribe(client, room)).toMatchObject({ type: "ack" });
});

test("SUB-6 an erased channel is over", async () => {
  const { room, other, client } = await following();
  await room.call("DELETE", "");
  expect(await over(client, room)).toMatchObject({ code: 4410, reason: "gone" });
  await goesOn(client, other);
});

test("SUB-2 ADMIN-1 a cleared channel tells a gap, and goes on in its new epoch", async () => {
  const { room, client } = await following();
  await room.fill(3);
  await messagesIn(client, room, 3);
  await room.call("DELETE", "messages");
  await room.publish({ data: "new" });
  await messagesIn(client, room, 4);
  expect(framesIn(client, room).slice(-2)).toMatchObject([
    { type: "gap", oldest: null, reason: "epoch" },
    { type: "messages", messages: [{ seq: 1, data: "new" }] },
  ]);
});

test("SUB-4 what the token does not grant is refused for that channel alone, and creates nothing", async () => {
  const [user, open, closed] = [new User("alice"), new Room("open"), new Room("closed")];
  const client = await device(user, { [open.address]: ["subscribe", "publish"] });
  expect(await subscribe(client, closed)).toMatchObject({ type: "error", code: "forbidden", channel: closed.address });
  expect(await subscribe(client, open, { rewind: 1 })).toMatchObject({ type: "error", code: "forbidden" });
  expect(await subscribe(client, open, { presence: "count" })).toMatchObject({ type: "error", code: "forbidden" });
  expect(await subscribe(client, open, { member: true })).toMatchObject({ type: "error", code: "forbidden" });
  expect(await subscribe(client, open)).toMatchObject({ type: "ack" });
  expect(await client.request({ type: "publish", channel: open.address, data: 1 })).toMatchObject({ type: "ack" });
  expect(await client.request({ type: "signal", channel: open.address, event: "e", data: 1 })).toMatchObject({
    type: "error",
    channel: open.address,
    code: "forbidden",
  });
  expect(await closed.rows("SELECT name FROM sqlite_master WHERE name IN ('meta', 'links')")).toEqual([]);
});

test("SUB-4 SUB-6 AUTH-9 another token replaces the rights in all channels at once", async () => {
  const { user, room, other, client } = await following();
  const less = await user.token(5, { capabilities: { [other.address]: ["subscribe"] } });
  client.send({ type: "auth", token: less, ref: "auth" });
  client.send({ type: "publish", channel: other.address, data: 1, ref: "publish" });
  expect(await over(client, room)).toMatchObject({ code: 4403, reason: "forbidden" });
  expect(await client.request({ type: "publish", channel: other.address, data: 1 })).toMatchObject({
    code: "forbidden",
  });
  await room.publish({ data: "secret" });
  await goesOn(client, other);
  expect(dataIn(client, room)).toEqual([]);
  expect(await subscribe(client, room)).toMatchObject({ type: "error", code: "forbidden" });
  const more = await user.token(5, { capabilities: ALL });
  await client.request({ type: "auth", token: more });
  expect(await subscribe(client, room)).toMatchObject({ type: "ack" });
});

test("SUB-4 rights larger than what goes with a socket survive a sleep too", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const many = Object.fromEntries(upTo(60).map((n) => [`room:team-${n}-${"x".repeat(20)}`, ["subscribe"]]));
  const client = await device(user, { ...many, [room.address]: ["subscribe"] });
  await user.hibernate();
  expect(await subscribe(client, room)).toMatchObject({ type: "ack" });
});

test("SUB-6 REVOKE-1 a log-out ends it all, and nothing comes any more", async () => {
  const { user, room, client } = await following();
  await user.call("DELETE", "connections");
  expect(await client.ended()).toEqual({ code: 4401, reason: "unauthenticated" });
  await room.publish({ data: "secret" });
  expect(dataIn(client, room)).toEqual([]);
  while ((await room.rows("SELECT user FROM links")).length > 0) await room.wake();
  expect(await user.rows("SELECT connection FROM subscriptions")).toEqual([]);
});

test("SUB-8 AUTH-9 the end of the token is the end of all", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token(5, { exp: start / 1000 + 60, capabilities: ALL });
  const client = await connect(user, { token });
  await subscribe(client, room);
  await playAlarms(user, start + 70_000);
  expect(await client.ended()).toEqual({ code: 4401, reason: "unauthenticated" });
  await room.publish({ data: "secret" });
  expect(dataIn(client, room)).toEqual([]);
});

test("SUB-6 the channel itself ends who has no right any more, whatever the user's object does", async () => {
  const start = standStill();
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token(5, { exp: start / 1000 + 60, capabilities: ALL });
  const client = await connect(user, { token });
  await subscribe(client, room);
  await playAlarms(room, start + 70_000);
  await client.until(() => framesIn(client, room, "unsubscribed").length > 0 || client.closed, "an end");
  expect((await room.rows("SELECT user FROM links")).length).toBe(0);
});

test("SUB-7 more than so many at once are refused; one that ends makes room", async () => {
  const user = new User("alice");
  const client = await device(user);
  const rooms = upTo(200).map((n) => new Room(`r${n}`));
  const acks = await Promise.all(rooms.map((room) => subscribe(client, room)));
  expect(acks.filter(({ type }) => type === "ack")).toHaveLength(200);
  const one = new Room("one-more");
  expect(await subscribe(client, one)).toMatchObject({ type: "error", code: "rate_limited", channel: one.address });
  expect(await subscribe(client, rooms[7] as Room)).toMatchObject({ type: "ack" });
  await client.request({ type: "unsubscribe", channel: (rooms[3] as Room).address });
  expect(await subscribe(client, one)).toMatchObject({ type: "ack" });
  // What goes with the socket through a sleep has room for all of them.
  await user.hibernate();
  await Promise.all(rooms.slice(100).map((room) => room.publish({ data: "after the sleep" })));
  await Promise.all(rooms.slice(100).map((room) => messagesIn(client, room, 1)));
});

test("SUB-7 CONNECT-5 a channel counts it among the connections of its user", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  for (const _ of upTo(20)) await connect(room, { user: user.id });
  expect(await subscribe(await device(user), room)).toMatchObject({ type: "error", code: "rate_limited" });
});
