/**
 * What the parts of a tree of objects take of a CPU, in workerd on this machine: a call from one object to another with a
 * batch, a row, a send to a socket. Each is measured by the CPU time of the process over many of them, beside the same
 * without it. All objects of a workerd share a thread, so of a call both ends are measured, together.
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Connection } from "../../load/connection.ts";
import { removeAtExit } from "../../machine/cleanup.ts";
import { cpuSeconds } from "../../machine/cpu-time.ts";
import { type RunningWorkerd, startWorkerd } from "../../server/workerd.ts";

export interface Push {
  relays: number;
  rounds: number;
  bytes: number;
  /** Whether each relay writes its position for each batch. */
  row: boolean;
}

/** µs of CPU; both ends of a call together. */
export interface MeasuredUnits {
  call: number;
  callPerKiB: number;
  row: number;
  /** To one of 1,000 sockets of a relay. */
  send: number;
}

const RELAYS = 100;
const SOCKETS = 1000;
const BATCH_BYTES = 260;
const LARGE_BYTES = 64 * 1024;
const PATIENCE_MS = 2000;

export async function measureUnits(benchFolder: string): Promise<MeasuredUnits> {
  mkdirSync(benchFolder, { recursive: true });
  const folder = mkdtempSync(path.join(benchFolder, "units-"));
  removeAtExit(folder);
  const server = await startWorkerd(
    {
      name: "units",
      modules: true,
      script: await readFile(new URL("worker.js", import.meta.url), "utf8"),
      compatibilityDate: "2026-11-01",
      compatibilityFlags: ["no_web_socket_compression"],
      durableObjects: {
        ROOMS: { className: "Room", useSQLite: true },
        RELAYS: { className: "Relay", useSQLite: true },
      },
    },
    { folder, inspect: false, keepsObjects: true },
  );
  try {
    const calls = { relays: RELAYS, rounds: 100, bytes: BATCH_BYTES, row: false };
    await push(server, calls); // until it is compiled, and the objects exist
    const plain = await costOf(server, calls);
    const large = await costOf(server, { ...calls, rounds: 20, bytes: LARGE_BYTES });
    const written = await costOf(server, { ...calls, row: true });
    const one = { relays: 1, rounds: 200, bytes: BATCH_BYTES, row: false };
    const unheard = await costOf(server, one);
    const sockets = await open(server, "relay-0");
    await push(server, one);
    const heard = await costOf(server, one);
    await Promise.all(sockets.map((socket) => socket.close(PATIENCE_MS)));
    return {
      call: plain,
      callPerKiB: (large - plain) / ((LARGE_BYTES - BATCH_BYTES) / 1024),
      row: written - plain,
      send: (heard - unheard) / SOCKETS,
    };
  } finally {
    await server.stop();
  }
}

/** µs of the server's CPU for each call. */
async function costOf(server: RunningWorkerd, what: Push): Promise<number> {
  const before = cpuSeconds(server.pid) ?? Number.NaN;
  await push(server, what);
  return (((cpuSeconds(server.pid) ?? Number.NaN) - before) * 1e6) / (what.relays * what.rounds);
}

async function push({ port }: RunningWorkerd, what: Push): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/push`, { method: "POST", body: JSON.stringify(what) });
  if (!answer.ok) throw new Error(`pushing was answered ${answer.status} ${await answer.text()}`);
}

async function open({ port }: RunningWorkerd, relay: string): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let first = 0; first < SOCKETS; first += 50) {
    const some = Array.from(
      { length: 50 },
      () =>
        new Connection({
          port,
          path: `/socket?relay=${relay}`,
          headers: [],
          offersDeflate: false,
          onMessage() {},
          onFailure(reason) {
            throw new Error(`a listener: ${reason}`);
          },
        }),
    );
    await Promise.all(some.map(({ opened }) => opened));
    connections.push(...some);
  }
  return connections;
}
