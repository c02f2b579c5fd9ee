import { expect, test } from "vitest";
import { connect } from "../support/client.ts";
import { Room } from "../support/room.ts";
import { User } from "../support/user.ts";
import { device, framesIn, subscribe } from "./support.ts";

const told = (client: Awaited<ReturnType<typeof device>>, room: Room, count: number) =>
  client.until(() => framesIn(client, room, "presence").length >= count, `${count} frames of presence`);

test("SUB-2 signals go both ways, and not back to the sender", async () => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const [client, bob] = [await device(alice), await connect(room, { user: "bob" })];
  const { connection } = await subscribe(client, room);
  await client.request({ type: "signal", channel: room.address, event: "typing", data: 1 });
  await bob.until(() => bob.framesOf("signals").length > 0, "a signal");
  expect(bob.framesOf("signals")[0]?.signals).toMatchObject([{ user: alice.id, connection, event: "typing" }]);
  await bob.request({ type: "signal", event: "wave", data: 2 });
  await client.until(() => framesIn(client, room, "signals").length > 0, "a signal");
  expect(framesIn(client, room, "signals")).toMatchObject([{ signals: [{ user: "bob", event: "wave", data: 2 }] }]);
});

test("SUB-1 PRESENCE-2 a subscription makes its user a member, and is told of others as it asked", async () => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const watcher = await connect(room, { user: "watcher", query: { presence: "members", member: 0 } });
  const client = await device(alice);
  const ack = await subscribe(client, room, { presence: "members", data: { mood: "fine" } });
  expect(ack.presence).toMatchObject({ count: 1, members: [{ user: alice.id, data: { mood: "fine" } }] });
  await watcher.until(() => watcher.framesOf("presence").length > 0, "the join");
  expect(watcher.framesOf("presence")[0]).toMatchObject({ count: 1, joined: [{ user: alice.id }] });
  const bob = await connect(room, { user: "bob" });
  await told(client, room, 1);
  await client.request({ type: "presence", channel: room.address, data: "busy" });
  await watcher.until(() => watcher.framesOf("presence").length > 2, "the change");
  expect(await client.request({ type: "members", channel: room.address })).toMatchObject({ count: 2 });
  await bob.close(1000);
  await told(client, room, 3);
  expect(framesIn(client, room, "presence").map(({ joined, updated, left }) => [joined, updated, left])).toMatchObject([
    [[{ user: "bob" }], undefined, undefined],
    [undefined, [{ user: alice.id, data: "busy" }], undefined],
    [undefined, undefined, [{ user: "bob" }]],
  ]);
});

test.each([
  [
    "an unsubscribe",
    async (client: Awaited<ReturnType<typeof device>>, room: Room) =>
      void (await client.request({ type: "unsubscribe", channel: room.address })),
  ],
  ["a leave", async (client: Awaited<ReturnType<typeof device>>) => void (await client.request({ type: "leave" }))],
  ["a Close with 1000", async (client: Awaited<ReturnType<typeof device>>) => void (await client.close(1000))],
] as const)("SUB-5 SUB-8 after %s the leave is told at once", async (_what, end) => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const watcher = await connect(room, { user: "watcher", query: { presence: "members", member: 0 } });
  const client = await device(alice);
  await subscribe(client, room);
  await end(client, room);
  await watcher.until(() => watcher.framesOf("presence").length > 1, "the leave");
  expect(watcher.framesOf("presence")[1]).toMatchObject({ count: 0, left: [{ user: alice.id }] });
});

test("SUB-8 PRESENCE-6 who breaks off and subscribes again within the grace never left", async () => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const watcher = await connect(room, { user: "watcher", query: { presence: "members", member: 0 } });
  const client = await device(alice);
  await subscribe(client, room);
  await client.close(1001);
  const isBroken = "SELECT user FROM members WHERE broken_at IS NOT NULL";
  while ((await room.rows(isBroken)).length === 0) await watcher.drained();
  await subscribe(await device(alice), room);
  await watcher.drained();
  expect(watcher.framesOf("presence")).toHaveLength(1);
  expect((await room.call("GET", "presence")).body).toMatchObject({ count: 1, members: [{ connections: 1 }] });
});

test("SUB-1 member: false watches only, echo: false gets nothing of one's own back", async () => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const client = await device(alice);
  await subscribe(client, room, { member: false, echo: false, presence: "count" });
  await client.request({ type: "publish", channel: room.address, data: "mine" });
  await room.publish({ data: "another's" });
  await client.request({ type: "publish", channel: room.address, data: "mine again" });
  await room.publish({ data: "the last" });
  await client.until(() => framesIn(client, room, "messages").length > 1, "the messages of others");
  expect(
    framesIn(client, room, "messages").flatMap(({ messages }) => messages.map(({ seq }: { seq: number }) => seq)),
  ).toEqual([2, 4]);
  expect((await room.call("GET", "presence")).body.count).toBe(0);
});

test("PEOPLE-1 SUB-7 one is connected to what one follows", async () => {
  const [alice, room] = [new User("alice"), new Room("lobby")];
  const client = await device(alice);
  await subscribe(client, room, { member: false });
  const { connection } = client.welcome;
  const listed = async () => (await alice.call("GET", "connections")).body;
  const since = expect.any(Number);
  expect(await listed()).toEqual([
    { channel: alice.address, connection, transport: "ws", since },
    { channel: room.address, connection, transport: "ws", since },
  ]);
  await client.request({ type: "unsubscribe", channel: room.address });
  expect(await listed()).toHaveLength(1);
});
