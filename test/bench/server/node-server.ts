/** Starts a server that is a Node program, pinned as workerd is. It says where it listens over the IPC channel. */
import { spawn } from "node:child_process";
import path from "node:path";
import { killAtExit } from "../machine/cleanup.ts";
import { pinnedTo, SERVER_CORE } from "../machine/pinning.ts";

export interface RunningNode {
  port: number;
  pid: number;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

export function startNodeServer(program: string): Promise<RunningNode> {
  const [command, args] = pinnedTo(SERVER_CORE, process.execPath, [program]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const ended = new Promise<void>((resolveEnded) => child.once("exit", () => resolveEnded()));
    const kill = killAtExit(() => (child.exitCode === null ? child.pid : undefined));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${path.basename(program)} ended with ${code}`)));
    child.once("message", (port) => {
      child.unref(); // it ends with the bench
      child.channel?.unref();
      resolve({
        port: port as number,
        pid: child.pid as number,
        stop() {
          child.ref();
          kill();
          return ended;
        },
      });
    });
  });
}
