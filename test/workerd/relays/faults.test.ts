import { describe, expect, test } from "vitest";
import { cutOff, intercept } from "../support/calls.ts";
import { connect } from "../support/client.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { until } from "../support/until.ts";
import { everySecond, WEATHER } from "../support/weather.ts";
import { atRelay, atRoom, type Follower } from "./follower.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

interface Everybody {
  readonly room: Room;
  readonly relays: readonly [Relay, Relay];
  readonly all: readonly Follower[];
}

async function everybody(): Promise<Everybody> {
  const room = new Room("lobby");
  const relays = [new Relay(room, 0), new Relay(room, 1)] as const;
  const all = [await atRoom(room, "here"), await atRelay(relays[0], "alice"), await atRelay(relays[1], "bob")];
  return { room, relays, all };
}

/** Everybody has so many messages, the same in the same order, each once, and was told nothing that is not so. */
async function allHave(all: readonly Follower[], count: number): Promise<void> {
  for (const follower of all) await follower.has(count);
  for (const { wrong, gaps } of all) expect([wrong, gaps]).toEqual([[], []]);
  const [first] = all.map(({ data }) => data);
  for (const { data } of all) expect(data).toEqual(first);
  expect(new Set(first).size).toBe(count);
}

type Fault = [string, (room: Room, relay: Relay) => Promise<unknown>];
const asleep = (channel: Room | Relay) => channel.hibernate().catch(() => undefined);
const FAULTS: Fault[] = [
  ["a relay sleeps", (_, relay) => asleep(relay)],
  ["the room sleeps", (room) => asleep(room)],
  [
    "both sleep",
    async (room, relay) => {
      await asleep(relay);
      await asleep(room);
    },
  ],
  ["a relay is reset", (_, relay) => relay.reset()],
  ["the room is reset", (room) => room.reset()],
  ["the process dies", (room) => room.crash()],
];

describe.each(FAULTS)("when %s", (_what, fault) => {
  test("RELAY-2 RELAY-3 RELAY-8 between any two steps, everybody gets everything once and in order", async () => {
    const { room, relays, all } = await everybody();
    const [here, alice, bob] = all as [Follower, Follower, Follower];
    let count = 0;
    for (const n of upTo(4)) {
      for (const [who, follower] of Object.entries({ here, alice, bob })) {
        const settled = follower.publish(`${who} ${n}`);
        await fault(room, relays[0]);
        await settled;
        count++;
      }
      await bob.has(count);
      await fault(room, relays[0]);
    }
    await allHave(all, count);
  });
});

describe.each(WEATHER)("when a call %s", (_what, weather) => {
  test.each(["deliver", "up", "link"] as const)(
    "RELAY-2 RELAY-3 each second time (%s), everybody gets everything once and in order, and every publish is settled",
    async (name) => {
      const { room, relays, all } = await everybody();
      const badly = everySecond(weather);
      const hit = intercept(name === "deliver" ? relays[0] : room, name, badly);
      const settled: Promise<number>[] = [];
      for (const n of upTo(15)) {
        for (const [index, follower] of all.entries()) settled.push(follower.publish(`${index} ${n}`));
        if (n % 5 === 0) await Promise.all(settled);
        if (n === 5 && name === "link") await relays[0].reset();
      }
      await Promise.all(settled);
      hit.letGo();
      await allHave(all, 45);
      for (const index of all.keys())
        expect(all[0]?.data.filter((data) => (data as string).startsWith(`${index} `))).toEqual(
          upTo(15).map((n) => `${index} ${n}`),
        );
      if (name !== "link") expect(hit.count).toBeGreaterThan(0);
    },
  );
});

test("RELAY-8 a relay that the room has given up goes on where it stands, its connections stay", async () => {
  const { room, relays, all } = await everybody();
  const [here, alice] = all as [Follower, Follower, Follower];
  const lost = cutOff(relays[0], "deliver");
  await here.publish("one");
  await until(
    async () => (await room.rows("SELECT ended FROM links WHERE ended <> '[]'")).length > 0,
    "it to be given up",
  );
  lost.letGo();
  await here.publish("two");
  await alice.publish("three");
  await allHave(all, 3);
  expect(alice.connects).toBe(1);
});

test("RELAY-7 clear, erase and kick reach every relay, also one that cannot be reached at the moment", async () => {
  const { room, relays, all } = await everybody();
  const [here, alice, bob] = all as [Follower, Follower, Follower];
  await alice.publish("before");
  await allHave(all, 1);
  expect((await room.call("DELETE", "messages")).status).toBe(204);
  for (const { gaps } of all) expect(gaps).toMatchObject([{ reason: "epoch", oldest: null }]);
  await alice.publish("after");
  for (const follower of all) await follower.has(2);
  for (const { data, wrong } of all) expect([data, wrong]).toEqual([["before", "after"], []]);
  expect((await room.call("DELETE", "connections", { query: { user: "bob" } })).body).toEqual({ closed: 1 });
  expect([bob.lastClose, alice.lastClose]).toEqual([4403, null]);
  await until(() => bob.connects === 2, "its coming back");
  const lost = cutOff(relays[0], "deliver");
  expect((await room.call("DELETE", "connections")).body.closed).toBeGreaterThanOrEqual(2);
  await until(() => here.lastClose === 4403 && bob.connects === 3, "the others to be thrown out");
  lost.letGo();
  await here.publish("again");
  await alice.publish("and alice");
  await until(() => alice.lastClose === 4403, "alice to be thrown out");
  for (const follower of all) await follower.has(4);
  expect((await room.call("DELETE", "")).status).toBe(204);
  for (const follower of all) await until(() => follower.lastClose === 4410, "the end");
});

test("RELAY-8 a relay that dies between two pages goes on from the first, for whoever comes then", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const alice = await atRelay(relay, "alice");
  await alice.publish({ n: 0 });
  await alice.has(1);
  const lost = cutOff(relay, "deliver");
  await room.fill(60, 10_000);
  await until(async () => (await room.rows("SELECT ended FROM links WHERE ended <> '[]'")).length > 0, "the loss");
  lost.letGo();
  let pulls = 0;
  const never = new Promise<never>(() => undefined);
  const pages = intercept(room, "link", (call) => {
    const [{ acts }] = call.args as [{ acts: { kind: string }[] }];
    return acts[0]?.kind === "pull" && ++pulls > 0 ? never : call.proceed();
  });
  await room.publish({ data: { n: 61 } });
  await until(() => pulls > 0, "the first page");
  await relay.reset();
  pages.letGo();
  await alice.has(62);
  expect([alice.wrong, alice.gaps, alice.data.length]).toEqual([[], [], 62]);
  expect(alice.connects).toBe(2);
});

test("RELAY-2 subscribing again where the room has lost its memory, and told something since, a relay misses nothing of what follows", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  let hasArrived = false;
  let isTold = false;
  intercept(room, "link", async (call) => {
    if (isTold) return call.proceed();
    if (!hasArrived) await call.proceed();
    hasArrived = true;
    throw new Error("made by a test: lost");
  });
  const coming = atRelay(relay, "alice");
  await until(() => hasArrived, "the subscription");
  await room.reset();
  for (const n of upTo(3)) await room.publish({ data: { n } });
  isTold = true;
  const alice = await coming;
  await room.publish({ data: { n: 4 } });
  await alice.has(1);
  expect([alice.data, alice.wrong]).toEqual([[{ n: 4 }], []]);
});

test("MEMBER-7 nobody is told that the members of a relay left that has missed something, and goes on with its room", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const watcher = await connect(room, { user: "watcher", query: { presence: "members" } });
  const bob = await relay.connect("bob");
  const told = (what: "joined" | "updated" | "left") =>
    watcher.frames.flatMap((frame) => (frame as Record<string, { user: string }[]>)[what] ?? []);
  await until(() => told("joined").some(({ user }) => user === "bob"), "bob");
  const lost = intercept(relay, "deliver", async () => ({ unknown: [], newerLife: null, closed: [] }));
  await room.publish({ data: 1 });
  await until(() => lost.count > 0, "the loss");
  lost.letGo();
  await room.publish({ data: 2 });
  await bob.until(() => bob.frames.some(({ type }) => type === "messages"), "both messages");
  await bob.request({ type: "presence", data: "still here" });
  await until(() => told("updated").some(({ user }) => user === "bob"), "what bob says");
  expect(told("left")).toEqual([]);
});
