/**
 * The server gets one core and the load generator the other, so that neither takes time from the other and "a core's
 * worth of Edgewire" means something. With `taskset` (Linux); elsewhere the scheduler decides and the report says so.
 */
import { spawnSync } from "node:child_process";
import os from "node:os";

export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;

export const canPin: boolean =
  os.availableParallelism() >= 2 && spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;

/** The command line that runs `command` on `core` only. The process keeps its pid: taskset replaces itself. */
export function pinnedTo(core: number, command: string, args: readonly string[]): [command: string, args: string[]] {
  return canPin ? ["taskset", ["-c", String(core), command, ...args]] : [command, [...args]];
}
