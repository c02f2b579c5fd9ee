// Rooms that share a connection: what an application sees of them is what it sees of rooms that have one each.
import { describe, expect, test } from "vitest";
import { tokenOf } from "../../support/fake-service.ts";
import { outcomeOf, toldBy } from "../../support/sdk.ts";
import { all, begin, enter, NAMES, states } from "./multiplexed.ts";

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
