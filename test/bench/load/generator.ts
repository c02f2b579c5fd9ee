/**
 * Runs jobs, each in a load generator process of its own: what one leaves in its memory is not in the way of the next. The
 * next process is started when the last has ended, and is ready when the servers are.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killAtExit } from "../machine/cleanup.ts";
import { GENERATOR_CORE, pinnedTo } from "../machine/pinning.ts";
import type { GeneratorMessage, Job, Results } from "./job.ts";

/** What a job may take: measured time, connecting, filling logs, draining and closing. */
const LONGEST_MS = 300_000;

const program = fileURLToPath(new URL("main.ts", import.meta.url));

interface Process {
  child: ChildProcess;
  kill: () => void;
}

let next: Process | null = null;

function start(): Process {
  const [command, args] = pinnedTo(GENERATOR_CORE, process.execPath, [program]);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const started = { child, kill: killAtExit(() => (child.exitCode === null ? child.pid : undefined)) };
  const forget = (): void => {
    if (next === started) next = null;
  };
  child.once("error", forget);
  child.once("exit", forget);
  return started;
}

/** The next one, which nobody waits for yet. */
function startNext(): void {
  next = start();
  next.child.unref();
  next.child.channel?.unref();
}

/**
 * @param onPause what the bench has to do when the job pauses for the nth time (from 0)
 * @throws Error with what the generator could not do, or "did not answer"
 */
export function generate<Kind extends Job["kind"]>(
  job: Extract<Job, { kind: Kind }>,
  onPause: (pause: number) => Promise<void> = async () => {},
): Promise<Results[Kind]> {
  return new Promise((resolve, reject) => {
    const { child, kill } = next ?? start();
    next = null;
    child.ref();
    child.channel?.ref();
    const timer = setTimeout(kill, LONGEST_MS);
    let answer: Exclude<GeneratorMessage, { pause: number }> = { error: "the load generator did not answer" };
    const goOn = async (pause: number): Promise<void> => {
      try {
        await onPause(pause);
        child.send({});
      } catch (error) {
        answer = { error: `pause ${pause}: ${error instanceof Error ? error.message : error}` };
        child.kill("SIGKILL");
      }
    };
    child.on("message", (message: GeneratorMessage) => {
      if ("pause" in message) void goOn(message.pause);
      else answer = message;
    });
    child.once("error", reject);
    child.once("exit", () => {
      clearTimeout(timer);
      kill();
      startNext();
      if ("error" in answer) reject(new Error(`${job.kind}: ${answer.error}`));
      else resolve(answer.result as Results[Kind]);
    });
    child.send(job);
  });
}
