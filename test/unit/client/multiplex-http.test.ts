import { describe, expect, test } from "vitest";
import { outcomeOf, toldBy } from "../../support/sdk.ts";
import { all, begin, enter, states } from "./multiplexed.ts";

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

  test("SUB-13 whatever comes, a poll of many is asked for once a second at most; and no wait before the first news", async () => {
    const { wire, clock, service } = begin({ transports: [transport] });
    const { rooms, told } = enter(wire, many);
    await clock.advance(500);
    expect(states(rooms)).toEqual(all("connected", count));
    service.publish("bob", 0, "room:r0");
    await clock.advance(500);
    expect(told[0]?.data).toEqual([0]);
    const before = service.dials.length;
    for (let n = 1; n <= 50; n++) {
      service.publish("bob", n, `room:r${n % 3}`);
      await clock.advance(100);
    }
    await clock.advance(2000);
    expect(told.slice(0, 3).reduce((sum, { data }) => sum + data.length, 0)).toBe(51);
    const polls = service.dials.length - before;
    if (count > 16) expect(polls).toBeLessThanOrEqual(7 + 1);
    else if (transport === "poll") expect(polls).toBeGreaterThan(20);
    else expect(polls).toBe(0);
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
