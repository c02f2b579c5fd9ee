/** Runs one job in a load generator process, started for it and ended after it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killAtExit } from "../machine/cleanup.ts";
import { GENERATOR_CORE, pinnedTo } from "../machine/pinning.ts";
import type { LoadAnswer, LoadJob, LoadResult } from "./job.ts";

/** What connecting, draining and closing may take besides the measured time. */
const OVERHEAD_MS = 60_000;

const program = fileURLToPath(new URL("main.ts", import.meta.url));

/** @throws Error with what the generator could not do, or "did not answer" */
export function generateLoad(job: LoadJob): Promise<LoadResult> {
  const [command, args] = pinnedTo(GENERATOR_CORE, process.execPath, [program]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const kill = killAtExit(() => (child.exitCode === null ? child.pid : undefined));
    const timer = setTimeout(kill, (job.warmupSeconds + job.seconds) * 1000 + OVERHEAD_MS);
    let answer: LoadAnswer = { error: "the load generator did not answer" };
    child.once("message", (message) => {
      answer = message as LoadAnswer;
    });
    child.once("error", reject);
    child.once("exit", () => {
      clearTimeout(timer);
      kill();
      if ("error" in answer) reject(new Error(`${job.scenario.title}, ${job.server}: ${answer.error}`));
      else resolve(answer.result);
    });
    child.send(job);
  });
}
