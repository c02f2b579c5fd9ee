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
/** Those where others are, too: a raw client on a socket of the same kind, and one who only publishes. */
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

/** Everybody says something in each of these rooms. */
function talk({ cast }: Stage, rooms: readonly Room[]): void {
  for (const { room, talker } of cast.followers) if (rooms.includes(room)) talker.act();
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
  const patience = { slack: 5000, patience: PATIENCE };
  const outcome = await onStage({ server, seed, rooms: ROOMS, patience }, async (stage) => {
    const { cast, rooms } = stage;
    const busy = rooms.slice(0, BUSY);
    const sdk = await cast.addSharedSdk(rooms);
    await cast.addSharedRaw(busy);
    const proxies = new Set(cast.followers.map(({ proxy }) => proxy));
    const faults = {
      cut: () => {
        for (const proxy of proxies) proxy.cut();
      },
      kill: async () => {
        await server.kill();
        talk(stage, busy); // to nobody, yet
        await server.start();
      },
    };
    await settled(stage, "websocket");
    for (const [transport, blocked, doings] of [
      ["websocket", [], ["kill"]],
      ["sse", ["websocket"], ["cut"]],
      ["poll", ["websocket", "sse"], ["kill"]],
      ["websocket", [], ["cut", "kill"]],
    ] as const) {
      talk(stage, rooms);
      sdk.blocked.clear();
      for (const each of blocked) sdk.blocked.add(each);
      if (blocked.length === 0) {
        sdk.wake();
        await settled(stage, transport);
        talk(stage, busy);
      } else stage.fault("transport change");
      for (const doing of doings) {
        stage.fault(doing);
        await faults[doing]();
        talk(stage, busy);
      }
      await settled(stage, transport);
    }

    const before = await wakes();
    await pause(IDLE);
    talk(stage, rooms);
    await settled(stage, "websocket");
    const after = await wakes();
    const users = new Set(cast.followers.map(({ user }) => `user:${user}`));
    const awake = [...rooms.map(({ channel }) => channel), ...users].filter((each) => after[each] === before[each]);
    expect(awake, "those who did not sleep").toEqual([]);
  });
  expect(outcome.report).toBe("");
  expect(outcome.verdict).toBe("ok");
});
