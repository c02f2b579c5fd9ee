// Rooms that share a connection: what an application sees of them is what it sees of rooms that have one each.
import { describe, expect, test } from "vitest";
import { type Edgewire, EdgewireError, type EdgewireOptions } from "../../../src/client/index.ts";
import { STATUS } from "../../../src/client/subscribe.ts";
import { CODES } from "../../../src/protocol/codes.ts";
import { tokenOf } from "../../support/fake-service.ts";
import { outcomeOf, SdkWorld, toldBy } from "../../support/sdk.ts";

const NAMES = ["lobby", "a", "b"];

function begin(options: Partial<EdgewireOptions> = {}) {
  const world = new SdkWorld();
  const { clock, service } = world;
  return { world, clock, service, wire: world.wire({ multiplex: true, transports: ["websocket"], ...options }) };
}

function enter(wire: Edgewire, names: readonly string[] = NAMES) {
  const rooms = names.map((name) => wire.room(name));
  return { rooms, told: rooms.map(toldBy) };
}

type Stateful = { readonly state: { readonly name: string } };
const states = (rooms: readonly Stateful[]) => rooms.map(({ state }) => state.name);
const all = (name: string, count = NAMES.length) => Array.from({ length: count }, () => name);

describe("one socket", () => {
  test("SUB-1 SUB-2 for all rooms and the inbox, and one token; each has its messages and no other's", async () => {
    const { world, wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    const inbox = wire.user();
    const mail = toldBy(inbox);
    expect(states([...rooms, inbox])).toEqual(all("connecting", 4));
    await clock.advance(100);
    expect(service.dials).toEqual(["websocket"]);
    expect(world.tokens).toBe(1);
    expect(states([...rooms, inbox])).toEqual(all("connected", 4));
    for (const name of NAMES) service.publish("bob", name, `room:${name}`);
    service.publish("bob", "mail", "user:alice");
    const receipts = rooms.map((room, n) => outcomeOf(room.publish(`mine ${n}`, { id: "the same id" })));
    await clock.advance(100);
    expect(told.map(({ data }) => data)).toEqual(NAMES.map((name, n) => [name, `mine ${n}`]));
    expect(mail.data).toEqual(["mail"]);
    expect(receipts).toMatchObject(NAMES.map(() => ({ settled: 1, value: { seq: 2, id: "the same id" } })));
    expect(inbox.unreadCount).toBe(1);
    expect([...rooms, inbox].map(({ user }) => user)).toEqual(all("alice", 4));
  });

  test("SUB-3 signals go to their room, and come from it", async () => {
    const { wire, clock, service } = begin();
    const { rooms } = enter(wire);
    const heard: string[] = [];
    for (const [n, room] of rooms.entries()) room.on("signal", ({ event }) => void heard.push(`${NAMES[n]} ${event}`));
    await clock.advance(100);
    service.signal("typing", "room:a");
    expect(rooms.map((room, n) => room.signal(`from-${n}`))).toEqual([true, true, true]);
    await clock.advance(100);
    expect(heard).toEqual(["a typing"]);
    expect(service.signals).toEqual(NAMES.map((name, n) => [`room:${name}`, `from-${n}`]));
  });

  test("the options of a room are its subscription's, those of the inbox the connection's", async () => {
    const { wire, clock, service } = begin();
    wire.room("plain");
    wire.room("odd: 1", { rewind: 3, presence: "members", member: false, data: { on: true } });
    wire.user("alice", { presence: "count", member: true, data: 7 });
    await clock.advance(100);
    const [url] = service.urls as [URL];
    expect(url.pathname).toBe("/v1/users/me/connect");
    expect(Object.fromEntries(url.searchParams)).toEqual({ presence: "count", member: "1", data: "7", acks: "batch" });
    expect(service.subscribes).toEqual([
      { type: "subscribe", ref: expect.any(String), channel: "room:plain" },
      {
        ...{ type: "subscribe", ref: expect.any(String), channel: "room:odd: 1" },
        ...{ rewind: 3, presence: "members", member: false, data: { on: true } },
      },
    ]);
  });

  test("who opens no inbox is no member of it, and hears nothing of it", async () => {
    const { wire, clock, service } = begin();
    const { told } = enter(wire);
    await clock.advance(100);
    expect(service.urls[0]?.searchParams.get("member")).toBe("0");
    service.publish("bob", "mail", "user:alice");
    await clock.advance(100);
    expect(told.map(({ calls }) => calls)).toEqual([1, 1, 1]);
  });

  test("an inbox that is opened later, and left: the connection is another one, and no room notices", async () => {
    const { wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    await clock.advance(100);
    service.publish("bob", "early mail", "user:alice");
    const inbox = wire.user("me", { after: service.logOf("user:alice").cursor(0) });
    const mail = toldBy(inbox);
    await clock.advance(100);
    expect(inbox.state.name).toBe("connected");
    expect([...service.lines].map(({ subscriptions }) => subscriptions.size)).toEqual([3]);
    for (const name of NAMES) service.publish("bob", name, `room:${name}`);
    await clock.advance(100);
    inbox.leave();
    await clock.advance(100);
    for (const name of NAMES) service.publish("bob", `${name} again`, `room:${name}`);
    await clock.advance(100);
    expect(mail.data).toEqual(["early mail"]);
    expect(told.map(({ data }) => data)).toEqual(NAMES.map((name) => [name, `${name} again`]));
    expect(told.map((each) => each.states)).toEqual(NAMES.map(() => ["connected"]));
    expect(service.urls.map(({ searchParams }) => searchParams.get("member"))).toEqual(["0", null, "0"]);
    expect(states(rooms)).toEqual(all("connected"));
  });

  test("SUB-3 what is published while the connection is changing is sent when the room is back, and not refused", async () => {
    const { wire, clock, service } = begin();
    const { rooms } = enter(wire);
    await clock.advance(100);
    const receipts: ReturnType<typeof outcomeOf>[] = [];
    // It is the first to hear of the new connection: the rooms have no subscription there yet.
    wire.user().on("state", () => receipts.push(...rooms.map((room) => outcomeOf(room.publish("now")))));
    await clock.advance(1000);
    expect(receipts).toMatchObject(rooms.map(() => ({ settled: 1, value: { seq: 1 } })));
    expect(service.dials).toHaveLength(2);
    expect(service.strays).toBe(0);
  });

  test("SUB-5 SUB-8 a room that is left is unsubscribed; with the last the connection ends, and nothing is left", async () => {
    const { wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    await clock.advance(100);
    rooms[1]?.leave();
    await clock.advance(100);
    expect(service.subscribes.at(-1)).toEqual({ type: "unsubscribe", channel: "room:a" });
    expect(states(rooms)).toEqual(["connected", "closed", "connected"]);
    service.publish("bob", "after", "room:a");
    rooms[0]?.leave();
    expect(service.lines.size).toBe(1);
    rooms[2]?.leave();
    await clock.advance(100);
    expect([service.lines.size, clock.size]).toEqual([0, 0]);
    expect(told[1]?.data).toEqual([]);
    // And one that comes after that begins again.
    const [again] = enter(wire, ["lobby"]).rooms;
    await clock.advance(100);
    expect(again?.state.name).toBe("connected");
    wire.close();
    await clock.advance(100);
    expect([service.lines.size, clock.size]).toEqual([0, 0]);
  });

  test("C5 one that is left before it is connected", async () => {
    for (const ms of [0, 3, 6, 12, 18]) {
      const { wire, clock, service } = begin();
      const { rooms } = enter(wire);
      await clock.advance(ms);
      rooms[0]?.leave();
      rooms[2]?.leave();
      await clock.advance(100);
      expect(states(rooms)).toEqual(["closed", "connected", "closed"]);
      expect([...service.lines].flatMap(({ subscriptions }) => [...subscriptions.keys()])).toEqual(["room:a"]);
      rooms[1]?.leave();
      await clock.advance(100);
      expect([service.lines.size, clock.size]).toEqual([0, 0]);
    }
  });
});

describe("reconnects", () => {
  test("SUB-8 all are back in the order they were entered in, without waiting for each other, each after its cursor", async () => {
    const { wire, clock, service } = begin();
    service.latency = 50;
    const names = Array.from({ length: 200 }, (_, n) => `r${n}`);
    const { rooms, told } = enter(wire, names);
    await clock.advance(1000);
    for (const [n, name] of names.entries()) for (let m = 0; m < n % 4; m++) service.publish("bob", m, `room:${name}`);
    await clock.advance(1000);
    service.subscribes.length = 0;
    service.cut();
    for (const name of names) service.publish("bob", "away", `room:${name}`);
    await clock.advance(60);
    expect(states(rooms)).toEqual(all("waiting", 200));
    const subscribed = () => service.subscribes.length;
    while (subscribed() === 0) await clock.advance(1);
    await clock.advance(60);
    expect(service.subscribes.map(({ channel }) => channel)).toEqual(names.map((name) => `room:${name}`));
    const places = service.subscribes.map(({ after }) => after);
    expect(places).toEqual(names.map((_, n) => service.log.cursor(n % 4)));
    await clock.advance(100);
    expect(states(rooms)).toEqual(all("connected", 200));
    expect(told.map(({ seqs }) => seqs)).toEqual(
      names.map((_, n) => Array.from({ length: 1 + (n % 4) }, (_, m) => m + 1)),
    );
    expect(service.dials).toEqual(["websocket", "websocket"]);
  });

  test("half-open: silence is noticed once for all", async () => {
    const { wire, clock, service } = begin();
    const { told } = enter(wire);
    await clock.advance(100);
    service.cut(false);
    for (const name of NAMES) service.publish("bob", name, `room:${name}`);
    await clock.advance(60_000);
    expect(told.map(({ data }) => data)).toEqual(NAMES.map((name) => [name]));
    expect(service.dials).toEqual(["websocket", "websocket"]);
  });

  test("what was published offline is sent, to its room, once", async () => {
    const { wire, clock, service } = begin();
    const { rooms } = enter(wire);
    await clock.advance(100);
    service.isDown = true;
    service.cut();
    await clock.advance(20_000);
    const receipts = rooms.flatMap((room) => [1, 2].map((n) => outcomeOf(room.publish(n))));
    service.isDown = false;
    await clock.advance(30_000);
    expect(receipts.map(({ settled }) => settled)).toEqual(Array(6).fill(1));
    for (const name of NAMES) expect(service.logOf(`room:${name}`).messages.map(({ data }) => data)).toEqual([1, 2]);
  });

  test("the token is renewed for all at once, over the socket", async () => {
    const { world, wire, clock, service } = begin();
    world.tokenLife = 120_000;
    const { told } = enter(wire);
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      service.expire();
    }
    expect(told.map((each) => each.states)).toEqual(NAMES.map(() => ["connected"]));
    expect(world.tokens).toBeLessThan(10);
    expect(service.dials).toEqual(["websocket"]);
  });

  test("a device that wakes comes back at once, with all its rooms", async () => {
    const { world, wire, clock, service } = begin({ random: () => 1 });
    const { rooms } = enter(wire);
    service.isDown = true;
    await clock.advance(100_000);
    service.isDown = false;
    while (rooms.some(({ state }) => state.name !== "waiting")) await clock.advance(10);
    world.wake();
    await clock.advance(50);
    expect(states(rooms)).toEqual(all("connected"));
  });

  test("no token for a while: it is asked for once at a time, and then all are there", async () => {
    const { world, wire, clock } = begin();
    world.isTokenServerDown = true;
    const { rooms } = enter(wire);
    await clock.advance(30_000);
    expect(states(rooms)).not.toContain("connected");
    world.isTokenServerDown = false;
    await clock.advance(25_000);
    expect(states(rooms)).toEqual(all("connected"));
    expect(world.tokens).toBe(1);
  });

  test("C2 a constant token that is refused is the end of all", async () => {
    const { wire, clock } = begin({ token: tokenOf("alice", 1) });
    const { rooms } = enter(wire);
    await clock.advance(1000);
    for (const { state } of rooms) expect(state).toEqual({ name: "closed", code: 4401, reason: "unauthenticated" });
    expect(clock.size).toBe(0);
  });
});

describe("a subscription's end", () => {
  test("SUB-6 what is final is final for that room, and the others hear nothing of it", async () => {
    const { wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    await clock.advance(100);
    service.unsubscribe("room:a", 4403, "forbidden");
    await clock.advance(100);
    expect(rooms[1]?.state).toEqual({ name: "closed", code: 4403, reason: "forbidden" });
    expect(states(rooms)).toEqual(["connected", "closed", "connected"]);
    await expect(rooms[1]?.publish(1)).rejects.toBeInstanceOf(EdgewireError);
    await clock.advance(100_000);
    expect(service.dials).toEqual(["websocket"]);
    expect(told.map((each) => each.states)).toEqual([["connected"], ["connected", "closed"], ["connected"]]);
  });

  test("SUB-6 in doubt it comes back by itself, after a backoff, where it was, and sends again what was not answered", async () => {
    const { wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    await clock.advance(100);
    service.publish("bob", "before", "room:a");
    await clock.advance(100);
    service.subscribes.length = 0;
    service.unsubscribe("room:a", 4503, "overloaded");
    service.publish("bob", "meanwhile", "room:a");
    const receipt = outcomeOf(rooms[1]?.publish("mine") as Promise<unknown>);
    await clock.advance(5);
    expect(rooms[1]?.state).toMatchObject({ name: "waiting", code: 4503 });
    await clock.advance(1000);
    expect(service.subscribes).toMatchObject([{ channel: "room:a", after: service.log.cursor(1) }]);
    expect(told[1]?.data).toEqual(["before", "meanwhile", "mine"]);
    expect(receipt).toMatchObject({ settled: 1, value: { seq: 3 } });
    expect(told.map((each) => each.states)).toEqual([
      ["connected"],
      ["connected", "waiting", "connecting", "connected"],
      ["connected"],
    ]);
  });

  test.each(Object.entries(CODES))(
    "SUB-4 a subscribe refused with %s is what a socket refused with it is",
    async (code, facts) => {
      const { wire, clock, service } = begin();
      service.refused.set("room:a", code);
      const { rooms } = enter(wire);
      await clock.advance(20);
      const status = STATUS[code] ?? (facts.retryable ? 503 : 400);
      const isFinal = !facts.retryable && status !== 401;
      const name = isFinal ? "closed" : "waiting";
      expect(rooms[1]?.state).toMatchObject({ name, code: 4000 + status, reason: code });
      if (code in STATUS) expect(status).toBe(facts.status);
      expect(states([rooms[0], rooms[2]] as Stateful[])).toEqual(all("connected", 2));
      service.refused.clear();
      await clock.advance(30_000);
      expect(rooms[1]?.state.name).toBe(isFinal ? "closed" : "connected");
    },
  );

  test("that the user's channel is erased is the end of the inbox alone", async () => {
    const { wire, clock, service } = begin();
    const { rooms, told } = enter(wire);
    const inbox = wire.user();
    await clock.advance(100);
    for (const line of service.lines) line.end(4410, "gone");
    service.publish("bob", "meanwhile", "room:a");
    await clock.advance(2000);
    expect(inbox.state).toMatchObject({ name: "closed", code: 4410 });
    expect(states(rooms)).toEqual(all("connected"));
    expect(told[1]?.data).toEqual(["meanwhile"]);
  });
});

describe("where it is not one socket", () => {
  test("SUB-7 more rooms than a connection has subscriptions: another connection", async () => {
    const { wire, clock, service } = begin();
    service.most = 2;
    const { rooms } = enter(wire, ["a", "b", "c", "d", "e"]);
    await clock.advance(3000);
    expect(states(rooms)).toEqual(all("connected", 5));
    const held = () => [...service.lines].map(({ subscriptions }) => subscriptions.size);
    expect(held()).toEqual([2, 2, 1]);
    rooms[4]?.leave();
    await clock.advance(100);
    expect(held()).toEqual([2, 2]);
    wire.close();
    await clock.advance(100);
    expect([service.lines.size, clock.size]).toEqual([0, 0]);
  });

  test("SUB-7 a service that allows none: a connection each", async () => {
    const { wire, clock, service } = begin();
    service.most = 0;
    const { rooms, told } = enter(wire);
    await clock.advance(3000);
    expect(states(rooms)).toEqual(all("connected"));
    expect([...service.lines].map(({ channel }) => channel).sort()).toEqual(["room:a", "room:b", "room:lobby"]);
    service.publish("bob", 1);
    await clock.advance(100);
    expect(told[0]?.data).toEqual([1]);
    wire.close();
    await clock.advance(100);
    expect([service.lines.size, clock.size]).toEqual([0, 0]);
  });

  test.each([
    ["a guest", tokenOf("guest-1", 2e12)],
    ["who has a token that says no user", "e30.e30.e30"],
  ])("%s: a connection each", async (_, token) => {
    const { wire, clock, service } = begin({ token });
    enter(wire);
    await clock.advance(20);
    const paths = service.urls.map(({ pathname }) => pathname);
    expect(paths).toEqual(NAMES.map((name) => `/v1/rooms/${name}/connect`));
  });

  test("two of one room, perhaps with other options: the second has a connection of its own", async () => {
    const { wire, clock, service } = begin();
    const one = wire.room("lobby");
    const two = wire.room("lobby", { after: service.log.cursor(0) });
    const told = [one, two].map(toldBy);
    await clock.advance(100);
    service.publish("bob", 1);
    await clock.advance(100);
    expect(told.map(({ data }) => data)).toEqual([[1], [1]]);
    const channels = () => [...service.lines].map(({ channel }) => channel).sort();
    expect(channels()).toEqual(["room:lobby", "user:alice"]);
    // The place is free again when the first has left, also at once.
    one.leave();
    const three = wire.room("lobby");
    await clock.advance(100);
    expect(three.state.name).toBe("connected");
    expect(channels()).toEqual(["room:lobby", "user:alice"]);
  });

  test("who logs out goes on as a guest, on connections of their own; who logs in shares one from then on", async () => {
    const world = new SdkWorld();
    const { clock, service } = world;
    let user = "alice";
    const token = () => tokenOf(user, clock.now() + 3_600_000);
    const wire = world.wire({ multiplex: true, transports: ["websocket"], token });
    const { rooms } = enter(wire);
    await clock.advance(100);
    const channels = () => [...service.lines].map(({ channel }) => channel).sort();
    expect(channels()).toEqual(["user:alice"]);
    for (const [who, held] of [
      ["guest-7", ["room:a", "room:b", "room:lobby"]],
      ["bob", ["user:bob"]],
    ] as const) {
      user = who;
      for (const line of [...service.lines]) line.end(4401, "unauthenticated");
      await clock.advance(20_000);
      expect(states(rooms)).toEqual(all("connected"));
      expect(channels()).toEqual(held);
      expect(rooms.map((room) => room.user)).toEqual(all(who));
    }
  });
});

describe.each([
  ["sse", 3],
  ["sse", 20],
  ["poll", 3],
  ["poll", 200],
] as const)("over %s, %i rooms", (transport, count) => {
  const many = Array.from({ length: count }, (_, n) => `r${n}`);
  const channels = many.map((name) => `room:${name}`);
  const isStreamed = transport === "sse" && count <= 16;

  test("SUB-11 SUB-13 each has its messages, what was said while it was away too, and what it publishes", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    const { rooms, told } = enter(wire, many);
    const inbox = toldBy(wire.user());
    await clock.advance(2000);
    expect(states(rooms)).toEqual(all("connected", count));
    for (const channel of channels) service.publish("bob", 1, channel);
    service.publish("bob", "mail", "user:alice");
    await clock.advance(2000);
    service.isDown = true;
    service.cut();
    for (const channel of channels) service.publish("bob", 2, channel);
    const receipts = rooms.map((room) => outcomeOf(room.publish(3)));
    await clock.advance(5000);
    service.isDown = false;
    await clock.advance(30_000);
    expect(told.map(({ data }) => data)).toEqual(many.map(() => [1, 2, 3]));
    expect(receipts).toMatchObject(many.map(() => ({ settled: 1, value: { seq: 3 } })));
    expect(inbox.data).toEqual(["mail"]);
    wire.close();
    await clock.advance(100);
    expect([service.lines.size, clock.size]).toEqual([0, 0]);
  });

  test("one connection for all of them beside the inbox's, also when one comes and one goes", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    const { rooms, told } = enter(wire, many);
    await clock.advance(3000);
    rooms[0]?.leave();
    const late = toldBy(wire.room("late"));
    await clock.advance(3000);
    expect(service.lines.size).toBe(2);
    for (const channel of [...channels, "room:late"]) service.publish("bob", 1, channel);
    await clock.advance(2000);
    expect([late, ...told].map(({ data }) => data)).toEqual([[1], [], ...many.slice(1).map(() => [1])]);
  });

  test("SUB-11 SUB-13 one that is not allowed is closed, and the others hear nothing of it", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    service.refused.set("room:r1", "forbidden");
    const { rooms } = enter(wire, many);
    await clock.advance(3000);
    expect(rooms[1]?.state).toEqual({ name: "closed", code: 4403, reason: "forbidden" });
    rooms.splice(1, 1);
    expect(states(rooms)).toEqual(all("connected", count - 1));
    service.refused.set("room:r2", "forbidden");
    service.cut();
    await clock.advance(60_000);
    expect(rooms[1]?.state).toMatchObject({ name: "closed", code: 4403 });
    rooms.splice(1, 1);
    expect(states(rooms)).toEqual(all("connected", count - 2));
  });

  test("a token that ends is renewed before, and nobody notices", async () => {
    const { world, wire, clock, service } = begin({ transports: [transport] });
    world.tokenLife = 120_000;
    const { told } = enter(wire, many);
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      service.expire();
      for (const channel of channels) service.publish("bob", minute, channel);
    }
    await clock.advance(10_000);
    expect(told.map((each) => each.states)).toEqual(many.map(() => ["connected"]));
    expect(told.map(({ data }) => data)).toEqual(many.map(() => [0, 1, 2, 3, 4]));
  });

  test("the last of what was said is asked of the history", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    for (const channel of channels) for (let n = 0; n < 5; n++) service.publish("bob", n, channel);
    const told = many.map((name) => toldBy(wire.room(name, { rewind: 2 })));
    await clock.advance(3000);
    for (const channel of channels) service.publish("bob", 5, channel);
    await clock.advance(2000);
    expect(told.map(({ data }) => data)).toEqual(many.map(() => [3, 4, 5]));
  });

  test.runIf(isStreamed)("signals come over the stream, and presence to those who asked", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    const { rooms } = enter(wire, many);
    const heard: unknown[] = [];
    for (const room of rooms) room.on("signal", ({ event }) => void heard.push(event));
    await clock.advance(2000);
    service.signal("typing", "room:r1");
    expect(rooms[2]?.signal("mine")).toBe(true);
    await clock.advance(1000);
    expect(heard).toEqual(["typing"]);
  });
});
