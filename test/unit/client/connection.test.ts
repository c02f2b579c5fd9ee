import { describe, expect, test } from "vitest";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

const TRANSPORTS = ["websocket", "sse", "poll"] as const;

describe.each(TRANSPORTS)("over %s", (transport) => {
  const only = { transports: [transport] };

  test("connected only after the welcome; messages come, a publish is settled", async () => {
    const world = new SdkWorld();
    const { room, told } = world.room({}, only);
    expect(room.state.name).toBe("connecting");
    await world.clock.advance(100);
    expect(told.states).toEqual(["connected"]);
    const receipt = outcomeOf(room.publish("hello"));
    world.service.publish("bob", "hi");
    await world.clock.advance(2000);
    expect(receipt).toMatchObject({ settled: 1, value: { seq: 2 } });
    expect(told.data).toEqual(["hi", "hello"]);
    expect(room.cursor).toBe(world.service.log.head);
  });

  test("what was said while it was away comes, once, and what was published offline is sent", async () => {
    const world = new SdkWorld();
    const { room, told } = world.room({}, only);
    await world.clock.advance(100);
    world.service.isDown = true;
    world.service.cut();
    await world.clock.advance(20_000);
    expect(room.state.name).not.toBe("connected");
    const receipts = [1, 2, 3].map((n) => outcomeOf(room.publish(n)));
    world.service.publish("bob", 0);
    world.service.isDown = false;
    await world.clock.advance(30_000);
    expect(told.data).toEqual([0, 1, 2, 3]);
    expect(receipts.map(({ settled }) => settled)).toEqual([1, 1, 1]);
  });

  test("C5 after close nothing is called, and no timer is left", async () => {
    const world = new SdkWorld();
    const { room, told } = world.room({}, only);
    await world.clock.advance(100);
    const receipt = outcomeOf(room.publish("never"));
    room.leave();
    const { calls } = told;
    await world.clock.advance(0);
    expect(receipt).toMatchObject({ settled: 1, error: { code: "closed" } });
    await world.clock.advance(100);
    expect(world.clock.size).toBe(0);
    world.service.publish("bob", "hi");
    world.wake();
    await world.clock.advance(100_000);
    expect(told.calls).toBe(calls);
    expect(world.service.lines.size).toBe(0);
  });

  test("half-open: silence is noticed, and it comes back", async () => {
    const world = new SdkWorld();
    const { told } = world.room({}, only);
    await world.clock.advance(100);
    world.service.cut(false);
    world.service.publish("bob", "hi");
    await world.clock.advance(60_000);
    expect(told.data).toEqual(["hi"]);
  });

  test("a token that ends is renewed before, and nobody notices", async () => {
    const world = new SdkWorld();
    world.tokenLife = 120_000;
    const { room, told } = world.room({}, only);
    for (let minute = 0; minute < 10; minute++) {
      await world.clock.advance(60_000);
      world.service.expire();
      world.service.publish("bob", minute);
    }
    await world.clock.advance(10_000);
    expect(told.states).toEqual(["connected"]);
    expect(told.data).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(world.tokens).toBeGreaterThan(1);
    room.leave();
  });

  test("no token for a while: it asks again", async () => {
    const world = new SdkWorld();
    world.isTokenServerDown = true;
    const { room } = world.room({}, only);
    await world.clock.advance(60_000);
    expect(room.state).toMatchObject({ name: expect.stringMatching(/waiting|connecting/) });
    expect(world.service.dials).toEqual([]);
    world.isTokenServerDown = false;
    await world.clock.advance(20_000);
    expect(room.state.name).toBe("connected");
  });

  test("overloaded: a publish waits, and the order stays", async () => {
    const world = new SdkWorld();
    const { room, told } = world.room({}, only);
    await world.clock.advance(100);
    world.service.isOverloaded = true;
    const receipts = Array.from({ length: 80 }, (_, n) => outcomeOf(room.publish(n)));
    await world.clock.advance(5000);
    expect(receipts.every(({ settled }) => settled === 0)).toBe(true);
    world.service.isOverloaded = false;
    await world.clock.advance(60_000);
    expect(told.data).toEqual(Array.from({ length: 80 }, (_, n) => n));
    expect(receipts.every(({ settled }) => settled === 1)).toBe(true);
  });
});

describe("the ladder", () => {
  test("a transport that does not come through is left, remembered, and tried again", async () => {
    const world = new SdkWorld();
    world.service.blocked.add("websocket");
    const { room, told } = world.room();
    await world.clock.advance(5000);
    expect(room.state).toMatchObject({ name: "connected", transport: "sse" });
    expect(world.storage.getItem("edgewire.transport")).toBe("sse");

    world.service.blocked.delete("websocket");
    const more = setPublishing(world);
    await world.clock.advance(120_000);
    more();
    await world.clock.advance(1000);
    expect(room.state).toMatchObject({ name: "connected", transport: "websocket" });
    expect(told.states.slice(-2)).toEqual(["connected", "connected"]);
    expect(told.seqs).toEqual(world.service.log.messages.map(({ seq }) => seq));
  });

  test("a device that wakes tries the best at once, and keeps what it has if that does not come through", async () => {
    const world = new SdkWorld();
    world.service.blocked.add("websocket");
    const { room, told } = world.room();
    await world.clock.advance(5000);
    world.wake();
    await world.clock.advance(1000);
    expect(room.state).toMatchObject({ name: "connected", transport: "sse" });
    const states = told.states.length;
    world.service.blocked.delete("websocket");
    world.wake();
    await world.clock.advance(1000);
    expect(room.state).toMatchObject({ name: "connected", transport: "websocket" });
    expect(told.states.slice(states)).toEqual(["connected"]);
  });

  test("both left: long poll; and a page that comes back begins where it was", async () => {
    const world = new SdkWorld();
    world.service.blocked.add("websocket").add("sse");
    const { room } = world.room();
    await world.clock.advance(15_000);
    expect(room.state).toMatchObject({ name: "connected", transport: "poll" });
    room.leave();
    world.service.dials = [];
    world.room();
    await world.clock.advance(100);
    expect(new Set(world.service.dials)).toEqual(new Set(["poll"]));
  });

  test("while the service is down nothing is blamed", async () => {
    const world = new SdkWorld();
    world.service.isDown = true;
    const { room } = world.room();
    await world.clock.advance(200_000);
    expect(new Set(world.service.dials)).toEqual(new Set(["websocket"]));
    world.service.isDown = false;
    await world.clock.advance(20_000);
    expect(room.state).toMatchObject({ name: "connected", transport: "websocket" });
  });

  test("C5 after close nobody looks whether the service can be reached", async () => {
    const world = new SdkWorld();
    world.service.blocked.add("websocket");
    const silent = (_url: unknown, init?: RequestInit) =>
      new Promise<Response>((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const { room } = world.room({}, { fetch: silent as typeof fetch });
    await world.clock.advance(5000);
    room.leave();
    await world.clock.advance(10);
    expect(world.clock.size).toBe(0);
  });

  test("no token is no transport's fault", async () => {
    const world = new SdkWorld();
    world.isTokenServerDown = true;
    const { room } = world.room();
    await world.clock.advance(100_000);
    world.isTokenServerDown = false;
    await world.clock.advance(20_000);
    expect(room.state).toMatchObject({ name: "connected", transport: "websocket" });
  });
});

test("a device that wakes comes back at once", async () => {
  const world = new SdkWorld();
  world.service.isDown = true;
  const { room } = world.room({}, { random: () => 1 });
  await world.clock.advance(100_000);
  world.service.isDown = false;
  while (room.state.name !== "waiting") await world.clock.advance(10);
  world.wake();
  await world.clock.advance(50);
  expect(room.state.name).toBe("connected");
});

test("C2 a constant token that is refused is the end", async () => {
  const world = new SdkWorld();
  const { room } = world.room({}, { token: "e30.e30.e30" });
  await world.clock.advance(1000);
  expect(room.state).toMatchObject({ name: "closed", code: 4401, reason: "unauthenticated" });
  expect(world.clock.size).toBe(0);
});

test("a handler that leaves in the middle of it hears nothing more, and leaves nothing behind", async () => {
  const world = new SdkWorld();
  const { room, told } = world.room();
  room.on("state", () => room.leave());
  await world.clock.advance(100_000);
  expect(told.states).toEqual(["connected", "closed"]);
  expect(world.clock.size).toBe(0);
});

function setPublishing({ clock, service }: SdkWorld): () => void {
  let count = 0;
  return clock.every(() => service.publish("bob", count++), 500);
}
