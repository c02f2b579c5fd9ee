import { describe, expect, test } from "vitest";
import { EdgewireError } from "../../../src/client/index.ts";
import { STATUS } from "../../../src/client/subscribe.ts";
import { CODES } from "../../../src/protocol/codes.ts";
import { tokenOf } from "../../support/fake-service.ts";
import { outcomeOf, SdkWorld, toldBy } from "../../support/sdk.ts";
import { all, begin, enter, NAMES, type Stateful, states } from "./multiplexed.ts";

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
