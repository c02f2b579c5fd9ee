/** How long it takes until everybody who comes at once is in. */
import { cpuSeconds } from "../machine/cpu-time.ts";
import type { Target } from "./job.ts";
import { closeAll, doorOf, openAll } from "./sockets.ts";

export interface ConnectJob {
  kind: "connect";
  target: Target;
  runName: string;
  connections: number;
  users: number;
  /** Whether the users have been somewhere before, so that their objects exist. */
  known: boolean;
}

export interface ConnectResult {
  milliseconds: number;
  generatorCpu: number;
  serverCpu: number | null;
}

export async function runConnects(job: ConnectJob): Promise<ConnectResult> {
  const { target, connections, users } = job;
  const names = Array.from({ length: users }, (_, n) => (job.known ? `known-${n}` : `${job.runName}-${n}`));
  const nothing = () => {};
  if (job.known) {
    const before = names.map((user) => doorOf(target, `${job.runName}-before`, user));
    await closeAll(await openAll(target, before, nothing));
  }
  // Tokens are made before the clock starts.
  const doors = Array.from({ length: connections }, (_, n) => doorOf(target, job.runName, names[n % users] as string));
  const cpu = { own: process.cpuUsage(), server: cpuSeconds(target.serverPid) };
  const start = performance.now();
  const sockets = await openAll(target, doors, nothing);
  const milliseconds = performance.now() - start;
  const own = process.cpuUsage(cpu.own);
  const server = cpuSeconds(target.serverPid);
  await closeAll(sockets);
  return {
    milliseconds,
    generatorCpu: (own.user + own.system) / 1000 / milliseconds,
    serverCpu: server === null || cpu.server === null ? null : (server - cpu.server) / (milliseconds / 1000),
  };
}
