import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { type Line, ManyFollower } from "../../support/many-follower.ts";
import { cutOff, intercept } from "../support/calls.ts";
import { connect, handshake } from "../support/client.ts";
import { playAlarms, setClock, useRealClock } from "../support/clock.ts";
import { Room } from "../support/room.ts";
import { until } from "../support/until.ts";
import { User } from "../support/user.ts";
import { everySecond, WEATHER } from "../support/weather.ts";
import { ALL, dataIn, device, framesIn, messagesIn, subscribe, upTo } from "./support.ts";

afterEach(useRealClock);

interface Following {
  readonly user: User;
  readonly follower: ManyFollower;
}

/** Users with a connection each that follows all of the rooms. */
async function followers(rooms: readonly Room[], count = 2): Promise<Following[]> {
  const all = upTo(count).map((n) => {
    const user = new User(`f${n}`);
    const addresses = rooms.map(({ address }) => address);
    return { user, follower: new ManyFollower(user.id, addresses, () => lineOf(user)).start() };
  });
  onTestFinished(() => {
    for (const { follower } of all) follower.leave();
  });
  await until(() => all.every(({ follower }) => follower.isWhole), "all subscriptions");
  return all;
}

async function lineOf(user: User): Promise<Line | null> {
  const { webSocket: socket } = await handshake(user, { token: await user.token(5, { capabilities: ALL }) });
  return (
    socket && {
      send: (text) => socket.send(text),
      close: (code) => socket.close(code),
      begin: (take, lost) => {
        socket.addEventListener("message", ({ data }) => take(data as string));
        socket.addEventListener("close", lost);
        socket.addEventListener("error", lost);
        socket.accept();
      },
    }
  );
}

const has = ({ follower }: Following, { address }: Room, count: number) =>
  until(() => follower.dataOf(address).length >= count || follower.wrong.length > 0, `${count} messages of ${address}`);

const publish = async (room: Room, data: unknown): Promise<void> => {
  const id = crypto.randomUUID();
  // Whoever publishes through a fault tries again: by its id it is stored once.
  await until(async () => (await room.publish({ id, data })).status < 300, "a publish");
};

type Fault = [string, (user: User, room: Room) => Promise<unknown>];
const FAULTS: Fault[] = [
  ["the user's object sleeps", (user) => user.hibernate().catch(() => undefined)],
  ["the room sleeps", (_, room) => room.hibernate().catch(() => undefined)],
  [
    "both sleep",
    async (user, room) => {
      await user.hibernate().catch(() => undefined);
      await room.hibernate().catch(() => undefined);
    },
  ],
  ["the room is reset", (_, room) => room.reset()],
  ["the user's object is reset", (user) => user.reset()],
  ["the process dies", (_, room) => room.crash()],
];

describe.each(FAULTS)("when %s", (_what, fault) => {
  test("RESUME-2 SUB-2 between any two steps, everybody gets everything once and in order, and every publish is settled", async () => {
    const [room, other] = [new Room("lobby"), new Room("other")];
    const [alice, bob] = (await followers([room, other])) as [Following, Following];
    const said: number[] = [];
    for (const n of upTo(6)) {
      await publish(room, n);
      await fault(alice.user, room);
      await alice.follower.publish(room.address, n + 0.5);
      said.push(n, n + 0.5);
      await publish(other, n);
      await has(bob, room, said.length);
      await fault(alice.user, room);
    }
    for (const each of [alice, bob]) {
      await has(each, room, said.length);
      await has(each, other, 6);
      const { follower } = each;
      expect([follower.wrong, follower.dataOf(room.address), follower.dataOf(other.address)]).toEqual([
        [],
        said,
        upTo(6),
      ]);
    }
  });
});

describe.each(WEATHER)("when a call %s", (_what, weather) => {
  test.each(["deliver", "link"] as const)(
    "RESUME-2 SUB-6 each second time (%s), everybody gets everything once and in order, and every publish is settled",
    async (name) => {
      const room = new Room("lobby");
      const [alice, bob] = (await followers([room])) as [Following, Following];
      const badly = everySecond(weather);
      const hit = name === "deliver" ? intercept(alice.user, name, badly) : intercept(room, name, badly);
      const own: Promise<void>[] = [];
      for (const n of upTo(20)) {
        await publish(room, n);
        own.push(alice.follower.publish(room.address, `alice ${n}`), bob.follower.publish(room.address, `bob ${n}`));
      }
      await Promise.all(own);
      hit.letGo();
      for (const each of [alice, bob]) {
        await has(each, room, 60);
        const data = each.follower.dataOf(room.address);
        expect(each.follower.wrong).toEqual([]);
        expect(new Set(data).size).toBe(60);
        expect(data).toEqual(alice.follower.dataOf(room.address));
      }
      expect(hit.count).toBeGreaterThan(0);
    },
  );
});

test("SUB-6 a user's object that cannot be reached loses its subscriptions, and is told of it as soon as it can", async () => {
  const start = Date.now() + 60_000;
  const [user, room] = [new User("alice"), new Room("lobby")];
  const watcher = await connect(room, { user: "watcher", query: { presence: "members", member: 0 } });
  const client = await device(user);
  await subscribe(client, room);
  const lost = cutOff(user, "deliver");
  await room.publish({ data: 1 });
  await until(async () => (await room.rows("SELECT ended FROM links"))[0]?.ended !== "[]", "the link to be given up");
  setClock(start);
  await playAlarms(room, start + 120_000, { hibernating: true });
  expect(lost.count).toBeGreaterThan(4);
  expect(lost.count).toBeLessThan(20);
  await watcher.until(() => watcher.framesOf("presence").length > 1, "the leave");
  lost.letGo();
  await playAlarms(room, start + 500_000);
  await client.until(() => framesIn(client, room, "unsubscribed").length > 0, "the end");
  expect(framesIn(client, room, "unsubscribed")).toMatchObject([{ code: 4503 }]);
  await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "nothing left of it");
  expect(await subscribe(client, room, { after: framesIn(client, room, "ack")[0]?.cursor })).toMatchObject({
    type: "ack",
    resume: "replay",
  });
  await messagesIn(client, room, 1);
  expect(dataIn(client, room)).toEqual([1]);
});

test("SUB-6 a room that dies after a message was stored and before it was told, tells it without anybody asking", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  await subscribe(client, room);
  const lost = cutOff(user, "deliver");
  await room.publish({ data: 1 });
  await until(() => lost.count > 0, "a try");
  await room.reset();
  lost.letGo();
  expect(await room.alarm()).not.toBeNull();
  await room.ring();
  await messagesIn(client, room, 1);
  expect(dataIn(client, room)).toEqual([1]);
  expect(framesIn(client, room, "unsubscribed")).toEqual([]);
});

test("SUB-6 who watches members through a link is in doubt when a change may have been lost", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  await subscribe(client, room, { presence: "members" });
  await room.ring();
  await until(async () => (await room.rows("SELECT head FROM told")).length > 0, "what is told").catch(() => undefined);
  const lost = cutOff(user, "deliver");
  const bob = await connect(room, { user: "bob" });
  await until(() => lost.count > 0, "a try");
  await room.reset();
  lost.letGo();
  await bob.ended();
  await room.wake();
  await client.until(() => framesIn(client, room, "unsubscribed").length > 0, "the end");
  expect(framesIn(client, room, "unsubscribed")).toMatchObject([{ code: 4503, reason: "overloaded" }]);
});

test("PRESENCE-8 PRESENCE-9 whose object was reset is no member after the grace, whoever looks", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  await subscribe(await device(user), room);
  expect((await room.call("GET", "presence")).body.count).toBe(1);
  await room.crash();
  const start = Date.now();
  expect((await room.call("GET", "presence")).body.count).toBe(1);
  setClock(start + 11_000);
  expect((await room.call("GET", "presence")).body.count).toBe(0);
  await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "nothing left of it");
  expect(await user.rows("SELECT connection FROM subscriptions")).toEqual([]);
});

test("SUB-8 a room that cannot be reached when a socket ends is told as soon as it can", async () => {
  const start = Date.now() + 60_000;
  const [user, room] = [new User("alice"), new Room("lobby")];
  const client = await device(user);
  await subscribe(client, room);
  const lost = cutOff(room, "link");
  await client.close(1000);
  await until(() => lost.count >= 4, "all tries");
  await until(async () => (await user.alarm()) !== null, "an alarm");
  expect(await user.rows("SELECT over FROM subscriptions")).toEqual([{ over: "left" }]);
  await user.reset();
  lost.letGo();
  setClock(start);
  await playAlarms(user, start + 10_000);
  await user.wake();
  await until(async () => (await room.rows("SELECT user FROM links")).length === 0, "nothing left of it");
  await until(async () => (await user.rows("SELECT connection FROM subscriptions")).length === 0, "nothing left of it");
  expect((await room.call("GET", "presence")).body.count).toBe(0);
});
