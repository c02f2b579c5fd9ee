/**
 * What one object takes: 10,000 sockets in one room who come and go within seconds, each told of presence; and a thousand
 * rooms at once. Only if named (`scale`): it takes as long as all else, and more open files than many machines allow.
 */
import type { CrowdResult } from "../load/crowd-run.ts";
import { generate } from "../load/generator.ts";
import { cpuSeconds } from "../machine/cpu-time.ts";
import { residentKiB } from "../machine/memory.ts";
import { socketsAllowed } from "../machine/open-files.ts";
import { type Row, rowOf } from "../row.ts";
import { type Bench, type Measurement, WARMUP_SECONDS } from "./bench.ts";

const SOCKETS = 10_000;
const MESSAGES = 20;
const ROOMS = 1000;
const PER_ROOM = 10;
const USERS = 500;
const MESSAGES_PER_SECOND = 500;

/** Ends nobody, since nobody has sent a ping, but looks at everybody every few seconds. */
const SWEEP_EVERY_MS = 3000;
const SWEEPS = 3;
const SETTINGS = {
  CONNECTIONS: "12000",
  CHANNEL_RULES: JSON.stringify([{ match: "room:crowd-*", anonymous: ["subscribe", "presence"] }]),
  HEARTBEAT_EVERY: "1000",
  HEARTBEAT_TIMEOUT: String(SWEEP_EVERY_MS),
  PRESENCE_SWEEP: "1000",
};

interface Crowding extends CrowdResult {
  kibPerSocket: number;
  /** CPU time of one look at everybody, ms. */
  sweep: number;
}

async function crowd({ servers }: Bench, presence: "count" | "members", sockets: number): Promise<Crowding> {
  const server = await servers.fresh("edgewire", { settings: SETTINGS });
  const memory: number[] = [];
  let sweep = Number.NaN;
  const look = async (pause: number): Promise<void> => {
    memory.push(residentKiB(server.pid) ?? Number.NaN);
    if (pause !== 2) return;
    const before = cpuSeconds(server.pid) ?? Number.NaN;
    await new Promise((resolve) => setTimeout(resolve, SWEEPS * SWEEP_EVERY_MS));
    sweep = (((cpuSeconds(server.pid) ?? Number.NaN) - before) / SWEEPS) * 1000;
  };
  try {
    const target = servers.targetOf(server, "edgewire");
    const room = `crowd-${presence}`;
    const result = await generate<"crowd">(
      { kind: "crowd", target, room, sockets, presence, messages: MESSAGES },
      look,
    );
    const [before = Number.NaN, after = Number.NaN] = memory;
    return { ...result, kibPerSocket: (after - before) / sockets, sweep };
  } finally {
    await server.stop();
  }
}

function crowdRows(presence: string, sockets: number, result: Crowding): Row[] {
  const { delivery, faults } = result;
  const row = (title: string, unit: string, value: number, notes: string[] = []) =>
    rowOf({
      id: "scale",
      title: `${sockets.toLocaleString("en-US")} sockets in a room, presence=${presence}: ${title}`,
      unit,
      edgewire: [value],
      target: null,
      notes,
      faults,
      details: result,
    });
  const each = (result.presenceFrames / sockets).toFixed(0);
  return [
    row("resident memory", "KiB a socket", result.kibPerSocket),
    row("all come, until the last is welcomed", "ms", result.welcomed, [
      `all know of all after ${result.told.toFixed(0)} ms`,
      `${each} presence frames a socket, ${result.presenceMegabytes.toFixed(0)} MB in all`,
    ]),
    row("a message, until the last has it", "ms", delivery.last, [
      `p50 ${delivery.p50.toFixed(0)} ms`,
      `p99 ${delivery.p99.toFixed(0)} ms`,
    ]),
    row("half leave, until the others know", "ms", result.left),
    row("as many come again, until all know", "ms", result.rejoined),
    row("a look at who is alive", "ms of CPU", result.sweep),
  ];
}

async function thousandRooms({ servers }: Bench): Promise<Row> {
  const perRoom = socketsAllowed(ROOMS * PER_ROOM, ROOMS + USERS) / ROOMS;
  const server = await servers.fresh("edgewire");
  try {
    const result = await generate<"load">({
      kind: "load",
      target: servers.targetOf(server, "edgewire"),
      rooms: ROOMS,
      subscribersPerRoom: perRoom,
      publishersPerRoom: perRoom,
      pace: { messagesPerSecond: MESSAGES_PER_SECOND },
      acks: "batch",
      transport: "ws",
      offersDeflate: false,
      runName: "scale",
      users: USERS,
      retained: 0,
      warmupSeconds: WARMUP_SECONDS,
      pauses: false,
      seconds: 5,
    });
    const { latency, faults, serverCpu, generatorCpu } = result;
    return rowOf({
      id: "scale",
      title: `1,000 rooms × ${perRoom} sockets, everybody publishes now and then: ${MESSAGES_PER_SECOND} msg/s in all`,
      unit: "ms, p50",
      edgewire: [latency.p50],
      target: null,
      notes: [
        `p99 ${latency.p99.toFixed(1)} ms`,
        `CPU: server ${serverCpu?.toFixed(2)}, load ${generatorCpu.toFixed(2)}`,
        `${((residentKiB(server.pid) ?? Number.NaN) / 1024).toFixed(0)} MiB resident`,
      ],
      faults,
      details: result,
    });
  } finally {
    await server.stop();
  }
}

export const crowding: Measurement = {
  id: "scale",
  title: "one object, many sockets",
  async run(bench): Promise<Row[]> {
    const sockets = socketsAllowed(SOCKETS, 1);
    const rows: Row[] = [];
    for (const presence of ["count", "members"] as const) {
      rows.push(...crowdRows(presence, sockets, await crowd(bench, presence, sockets)));
    }
    return [...rows, await thousandRooms(bench)];
  },
};
