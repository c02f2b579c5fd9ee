import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { playAlarms, setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
let start = 0;

beforeEach(() => {
  start = Date.now();
  setClock(start);
});
afterEach(useRealClock);

async function ping(client: Client): Promise<void> {
  const before = client.pongs;
  client.send("ping");
  await client.until(() => client.pongs > before, "a pong");
}

/** When the runtime last answered a ping of anyone in the room, ms. */
function lastPong(room: Room): Promise<number> {
  return room.inside((_, state) =>
    Math.max(...state.getWebSockets().map((socket) => Number(state.getWebSocketAutoResponseTimestamp(socket) ?? 0))),
  );
}

/** Plays alarms, while `watcher` keeps itself alive by a frame a minute; answers when `client` was closed, if it was. */
async function closeTime(room: Room, client: Client, watcher: Client, end: number, hibernating: boolean) {
  let closed: number | null = null;
  const look = async (at: number) => {
    await watcher.drained();
    if (client.closed !== null) closed ??= at;
  };
  for (let at = start; at <= end && closed === null; at += 60 * SECOND)
    await playAlarms(room, at, { hibernating, rung: look }).then(() => look(at));
  return closed;
}

describe.each([
  ["awake", false],
  ["hibernating", true],
])("%s", (_state, hibernating) => {
  test("HEART-2 PRESENCE-7 a silent connection is closed 4408, not before 100 s and at most 60 s later", async () => {
    const room = new Room("silent");
    const ann = await connect(room, { user: "ann", query: { presence: "members" } });
    const bob = await connect(room, { user: "bob" });
    await ping(bob);
    const death = (await lastPong(room)) + 100 * SECOND;
    const closed = await closeTime(room, bob, ann, start + HOUR, hibernating);
    expect(closed).toBeGreaterThanOrEqual(death);
    expect(closed).toBeLessThanOrEqual(death + 60 * SECOND);
    expect(bob.closed).toEqual({ code: 4408, reason: "heartbeat_timeout" });
    expect(ann.framesOf("presence").at(-1)).toEqual({ type: "presence", count: 1, left: [{ user: "bob" }] });
  });

  test("HEART-2 one that never sent a ping has 10 minutes", async () => {
    const room = new Room("script");
    const ann = await connect(room, { user: "ann", query: { presence: "members" } });
    const bob = await connect(room, { user: "bob" });
    const closed = await closeTime(room, bob, ann, start + HOUR, hibernating);
    expect(closed).toBeGreaterThanOrEqual(start + 600 * SECOND);
    expect(closed).toBeLessThanOrEqual(start + 660 * SECOND);
  });

  test("PRESENCE-7 HEART-2 a last frame counts as a ping does, whatever else wakes the sweep", async () => {
    const room = new Room("last-frame");
    const ann = await connect(room, { user: "ann", query: { presence: "members" } });
    const bob = await connect(room, { user: "bob" });
    const dan = await connect(room, { user: "dan" });
    await ping(bob);
    await ping(dan);
    setClock(start + 30_500);
    await bob.drained();
    const closed = await closeTime(room, bob, ann, start + HOUR, hibernating);
    expect(closed).toBeGreaterThanOrEqual(start + 130_500);
    expect(closed).toBeLessThanOrEqual(start + 190_500);
  });
});

test("HEART-2 an alarm that rings too early closes nobody", async () => {
  const room = new Room("early");
  const bob = await connect(room, { user: "bob", query: { presence: "count" } });
  await ping(bob);
  const pong = await lastPong(room);
  setClock(pong + 100 * SECOND - 1);
  await room.ring();
  await room.call("GET", "presence");
  expect(bob.closed).toBeNull();
  setClock(pong + 100 * SECOND);
  await room.ring();
  expect(await bob.ended()).toEqual({ code: 4408, reason: "heartbeat_timeout" });
});

test("HEART-2 PRESENCE-7 an alarm that comes a day late, and twice, closes nobody who still pings", async () => {
  setClock(start - 24 * HOUR);
  const room = new Room("late");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  useRealClock();
  await ping(ann);
  await ping(bob);
  await room.ring();
  await room.ring();
  await room.hibernate();
  await room.ring();
  await ann.drained();
  expect([ann.closed, bob.closed]).toEqual([null, null]);
  expect(ann.framesOf("presence")).toHaveLength(1); // bob's join
  expect((await room.call("GET", "presence")).body.count).toBe(2);
});
