import { expect, test } from "vitest";
import { connect } from "../support/client.ts";
import { Room } from "../support/room.ts";
import { User } from "../support/user.ts";
import { dataIn, device, framesIn, messagesIn, seqsIn, subscribe, upTo } from "./support.ts";

test("SUB-1 the ack of a subscribe says where the channel stands, and comes before any frame of it", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(3);
  const client = await device(user);
  const ack = await subscribe(client, room);
  expect(ack).toEqual({
    type: "ack",
    ref: "r1",
    channel: room.address,
    connection: client.welcome.connection,
    cursor: expect.stringMatching(/-3$/),
    resume: "live",
  });
  await room.publish({ data: "four" });
  await messagesIn(client, room, 1);
  expect(dataIn(client, room)).toEqual(["four"]);
  expect(framesIn(client, room)[0]).toEqual(ack);
});

test("SUB-1 with a cursor, or rewind, it begins there", async () => {
  const [user, room, other] = [new User("alice"), new Room("lobby"), new Room("other")];
  await room.fill(5);
  await other.fill(5);
  const client = await device(user);
  const { cursor } = await subscribe(client, room);
  await client.request({ type: "unsubscribe", channel: room.address });
  await room.fill(3);
  expect(await subscribe(client, room, { after: cursor })).toMatchObject({ type: "ack", resume: "replay" });
  expect(await subscribe(client, other, { rewind: 2 })).toMatchObject({ type: "ack", resume: "replay" });
  await messagesIn(client, room, 3);
  await messagesIn(client, other, 2);
  expect(seqsIn(client, room)).toEqual([6, 7, 8]);
  expect(seqsIn(client, other)).toEqual([4, 5]);
});

test("SUB-1 SUB-2 what is gone is told by a gap of that channel", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(2);
  const client = await device(user);
  const ack = await subscribe(client, room, { after: "aaaaaaaa-7" });
  expect(ack).toMatchObject({ type: "ack", resume: "gap" });
  await messagesIn(client, room, 2);
  expect(framesIn(client, room).map(({ type }) => type)).toEqual(["ack", "gap", "messages"]);
  expect(framesIn(client, room, "gap")[0]).toMatchObject({ after: "aaaaaaaa-7", reason: "epoch" });
});

test("SUB-3 publishes go to their channel, in order, and need not wait for the subscription", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  const channel = room.address;
  const answers = await client.pipeline([
    { type: "subscribe", channel },
    ...upTo(20).map((data) => ({ type: "publish", channel, data })),
    { type: "publish", data: "mine" },
  ]);
  expect(answers.map(({ type }) => type)).toEqual(Array(22).fill("ack"));
  expect(answers.slice(1, 21).map(({ seq }) => seq)).toEqual(upTo(20));
  expect(answers[21]).toMatchObject({ type: "ack", seq: 1 });
  await messagesIn(client, room, 20);
  expect(dataIn(client, room)).toEqual(upTo(20));
});

test("SUB-3 history is answered as on a socket of its own", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(3);
  const client = await device(user);
  await subscribe(client, room);
  const page = await client.request({ type: "history", channel: room.address, limit: 2 });
  expect(page).toMatchObject({ type: "ack", channel: room.address, more: true });
  expect(page.messages.map(({ seq }: { seq: number }) => seq)).toEqual([2, 3]);
});

test("SUB-3 a frame for a channel that is not subscribed to is not_found", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  for (const frame of [{ type: "publish", data: 1 }, { type: "members" }, { type: "history" }])
    expect(await client.request({ ...frame, channel: room.address })).toMatchObject({
      type: "error",
      code: "not_found",
      channel: room.address,
    });
});

test("SUB-5 after the ack of an unsubscribe nothing comes of the channel", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  await subscribe(client, room);
  await room.publish({ data: 1 });
  await messagesIn(client, room, 1);
  expect(await client.request({ type: "unsubscribe", channel: room.address })).toEqual({
    type: "ack",
    ref: "r2",
    channel: room.address,
  });
  await room.publish({ data: 2 });
  await client.drained();
  expect(dataIn(client, room)).toEqual([1]);
  expect(await client.request({ type: "unsubscribe", channel: room.address })).toMatchObject({ type: "ack" });
});

test("SUB-9 a second subscribe takes the place of the first", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(3);
  const client = await device(user);
  await subscribe(client, room);
  await subscribe(client, room, { rewind: 3 });
  await messagesIn(client, room, 3);
  await room.publish({ data: "new" });
  await messagesIn(client, room, 4);
  expect(seqsIn(client, room)).toEqual([1, 2, 3, 4]);
  expect((await room.call("GET", "presence")).body).toMatchObject({ count: 1, members: [{ connections: 1 }] });
});

test("SUB-10 several devices follow a room by one link, each from where it stands", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await room.fill(4);
  const [phone, laptop] = [await device(user), await device(user)];
  await subscribe(phone, room);
  await subscribe(laptop, room, { rewind: 2 });
  await phone.request({ type: "publish", channel: room.address, data: "hello" });
  await messagesIn(phone, room, 1);
  await messagesIn(laptop, room, 3);
  expect([seqsIn(phone, room), seqsIn(laptop, room)]).toEqual([[5], [3, 4, 5]]);
  expect(await room.rows("SELECT user FROM links")).toEqual([{ user: user.id }]);
  expect((await room.call("GET", "presence")).body.members).toMatchObject([{ user: user.id, connections: 2 }]);
});

test("SUB-1 a socket of a room, and another's channel, take no subscriptions", async () => {
  const [alice, bob, room] = [new User("alice"), new User("bob"), new Room("lobby")];
  const other = new Room("other");
  for (const client of [await connect(room), await connect(bob, { user: alice.id })]) {
    expect(client.welcome.limits.subscriptions).toBe(0);
    expect(await subscribe(client, other)).toMatchObject({
      type: "error",
      code: "bad_request",
      channel: other.address,
    });
  }
  expect((await device(alice)).welcome.limits.subscriptions).toBe(200);
});
