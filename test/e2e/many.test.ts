import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TransportName } from "../../src/client/index.ts";
import { onStage } from "../fault/run/scenarios/staged.ts";
import { startDirectServer } from "../fault/run/server/direct-server.ts";
import type { FaultServer } from "../fault/run/server/fault-server.ts";
import { VARIABLES } from "../fault/run/settings.ts";
import type { Room, Stage } from "../fault/run/stage.ts";
import { call } from "../support/http.ts";
import { until } from "../support/until.ts";

const ROOMS = 200;
/** Those where somebody else is, too: a raw client, on a socket of the same kind. */
const BUSY = 20;
const PATIENCE = 60_000;
/** ms: a room looks five seconds after its last message whether all have it, and an object falls asleep ten seconds later. */
const IDLE = 17_000;
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

let server: FaultServer;
beforeAll(async () => {
  server = await startDirectServer(VARIABLES);
});
afterAll(() => server?.stop());

/** How often each object was made in this process. */
async function wakes(): Promise<Record<string, number>> {
  return (await call<Record<string, number>>("GET", `${server.url}/fault/wakes`)).body;
}

/** Everybody says something in each of their rooms, and so does the server. */
async function talk(stage: Stage): Promise<void> {
  for (const { act } of talkersOf(stage)) act();
  await Promise.all(stage.rooms.map((room) => say(stage, room)));
}

function talkersOf({ cast }: Stage) {
  return cast.followers.map(({ talker }) => ({ act: () => talker.act() }));
}

let said = 0;
async function say(stage: Stage, room: Room): Promise<void> {
  const id = `said-${++said}`;
  await stage.say(room, [{ id, data: { text: room.canary, id } }]);
}

/** Everybody is there, by that transport if it is the SDK, and knows what became of all they said. */
async function settled({ cast }: Stage, transport: TransportName): Promise<void> {
  const { followers, sdk } = cast;
  const missing = () => {
    const elsewhere = sdk.filter(({ room: { state } }) => state.name !== "connected" || state.transport !== transport);
    return [
      ...elsewhere.map(({ parts, room }) => `${parts.name}: ${JSON.stringify(room.state)}`),
      ...followers.filter(({ isOpen, talker }) => !isOpen() || talker.pending > 0).map(({ name }) => `${name} waits`),
    ];
  };
  await until(() => missing().length === 0, {
    what: () => `all are there by ${transport}, not so ${missing().slice(0, 5)} and others, ${missing().length}`,
    timeout: PATIENCE,
  });
}

it(`SUB-2 SUB-8 SUB-13 RESUME-2 the SDK follows ${ROOMS} rooms on one connection, exactly, through cuts, kills and all transports; idle, all objects sleep`, async () => {
  console.log(`SEED=${seed}`);
  const slept: string[] = [];
  const outcome = await onStage({ server, seed, rooms: ROOMS, patience: { slack: 5000, patience: PATIENCE } }, async (stage) => {
    const { cast, rooms } = stage;
    const sdk = await cast.addSharedSdk(rooms);
    await cast.addSharedRaw(rooms.slice(0, BUSY));
    const proxies = [...new Set(cast.followers.map(({ proxy }) => proxy))];
    expect(proxies).toHaveLength(2);
    const cut = () => {
      stage.fault("cut");
      for (const proxy of proxies) proxy.cut();
    };
    const kill = async () => {
      stage.fault("kill");
      await server.kill();
      for (const { act } of talkersOf(stage)) act(); // to nobody, yet
      await server.start();
    };

    await settled(stage, "websocket");
    for (const [transport, block, disturb] of [
      ["websocket", [], cut],
      ["websocket", [], kill],
      ["sse", ["websocket"], cut],
      ["sse", ["websocket"], kill],
      ["poll", ["websocket", "sse"], cut],
      ["poll", ["websocket", "sse"], kill],
      ["websocket", [], kill],
    ] as const) {
      await talk(stage);
      stage.fault("transport change");
      sdk.blocked.clear();
      for (const each of block) sdk.blocked.add(each);
      await disturb();
      sdk.wake();
      await talk(stage);
      const t=performance.now();
      await settled(stage, transport);
      console.log(transport, disturb.name, performance.now()-t);
    }

    const before = await wakes();
    await pause(IDLE);
    expect(await wakes(), "nothing wakes anybody").toEqual(before);
    for (const client of cast.sdk) client.act();
    await settled(stage, "websocket");
    const after = await wakes();
    const objects = [...rooms.map(({ channel }) => channel), ...new Set(cast.followers.map(({ user }) => `user:${user}`))];
    slept.push(...objects.filter((each) => (after[each] ?? 0) > (before[each] ?? 0)));
    expect(slept.length, `slept: ${slept}`).toBe(ROOMS + 2);
  });
  expect(outcome.report).toBe("");
  expect(outcome.verdict).toBe("ok");
  console.log(JSON.stringify(outcome.counts));
});
