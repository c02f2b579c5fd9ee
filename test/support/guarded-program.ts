import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { pathWithServers } from "./installed.ts";

const guard = fileURLToPath(new URL("./guard.ts", import.meta.url));
const outputKept = 4_000;

/** A program that ends with the test run, however that ends. */
export interface GuardedProgram {
  /** The last that it said on standard error. */
  readonly complaints: string;
  readonly isRunning: boolean;
  /** SIGKILL to it and all it started; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it. @param onLine gets every line of its standard output */
export function startProgram(
  [command, ...args]: readonly [string, ...string[]],
  onLine: (line: string) => void = () => undefined,
): GuardedProgram {
  const child: ChildProcess = spawn(process.execPath, [guard, command, ...args], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PATH: pathWithServers },
  });
  let complaints = "";
  let isRunning = true;
  child.stderr?.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-outputKept);
  });
  let unfinished = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    // Only at LF: to `node:readline` other characters may end a line, too, which JSON can hold.
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      isRunning = false;
      resolve();
    });
  });
  return {
    get complaints() {
      return complaints;
    },
    get isRunning() {
      return isRunning;
    },
    stop: () => {
      child.stdin?.end(); // the guard kills its whole group then
      return ended;
    },
  };
}
