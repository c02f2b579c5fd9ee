/** What is counted while messages come, and what it comes to a second. */
import { cpuSeconds } from "../machine/cpu-time.ts";
import type { DeliveryChecker } from "./delivery-checker.ts";
import type { LoadResult } from "./job.ts";
import type { Publisher } from "./publisher.ts";
import { sleep } from "./sockets.ts";

/** How long nothing may arrive before what is missing counts as lost: longer than a busy machine may stop a process. */
const PATIENCE_MS = 15_000;

/** So far, CPU times in seconds. */
export interface Snapshot {
  time: number;
  delivered: number;
  frames: number;
  bytes: number;
  ownCpu: number;
  serverCpu: number | null;
}

/** @param connections those that messages come by */
export function snapshot(
  serverPid: number,
  checkers: readonly Pick<DeliveryChecker, "delivered">[],
  connections: readonly { frames: number; bytesRead: number }[],
): Snapshot {
  const own = process.cpuUsage();
  return {
    time: performance.now(),
    delivered: checkers.reduce((sum, checker) => sum + checker.delivered, 0),
    frames: connections.reduce((sum, connection) => sum + connection.frames, 0),
    bytes: connections.reduce((sum, connection) => sum + connection.bytesRead, 0),
    ownCpu: (own.user + own.system) / 1e6,
    serverCpu: cpuSeconds(serverPid),
  };
}

export type Rates = Pick<
  LoadResult,
  "deliveriesPerSecond" | "framesPerSecond" | "megabytesPerSecond" | "generatorCpu" | "serverCpu"
>;

export function ratesBetween(before: Snapshot, after: Snapshot): Rates {
  const seconds = (after.time - before.time) / 1000;
  return {
    deliveriesPerSecond: (after.delivered - before.delivered) / seconds,
    framesPerSecond: (after.frames - before.frames) / seconds,
    megabytesPerSecond: (after.bytes - before.bytes) / seconds / 1e6,
    generatorCpu: (after.ownCpu - before.ownCpu) / seconds,
    serverCpu:
      after.serverCpu === null || before.serverCpu === null ? null : (after.serverCpu - before.serverCpu) / seconds,
  };
}

/** Until everything published has reached everyone and is acknowledged, or nothing comes any more. */
export async function drain(
  checkers: readonly DeliveryChecker[],
  publishers: readonly Publisher[],
  subscribersPerRoom: number,
) {
  const published = publishers.reduce((sum, publisher) => sum + publisher.published, 0);
  let seen = -1;
  let lastProgress = performance.now();
  while (performance.now() - lastProgress < PATIENCE_MS) {
    const delivered = checkers.reduce((sum, checker) => sum + checker.delivered, 0);
    const inFlight = publishers.reduce((sum, publisher) => sum + publisher.inFlight, 0);
    if (delivered >= published * subscribersPerRoom && inFlight === 0) return;
    if (delivered !== seen) lastProgress = performance.now();
    seen = delivered;
    await sleep(10);
  }
}
