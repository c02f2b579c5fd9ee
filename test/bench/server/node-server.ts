/** Starts a server that is a Node program, pinned as workerd is. It says where it listens over the IPC channel. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killAtExit } from "../machine/cleanup.ts";
import { pinnedTo, SERVER_CORE } from "../machine/pinning.ts";

export function startNodeServer(name: "ws" | "sink"): Promise<{ port: number; pid: number }> {
  const program = fileURLToPath(new URL(`node-${name}.ts`, import.meta.url));
  const [command, args] = pinnedTo(SERVER_CORE, process.execPath, [program]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    killAtExit(() => (child.exitCode === null ? child.pid : undefined));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ${name} ended with ${code}`)));
    child.once("message", (port) => {
      child.unref(); // it ends with the bench
      child.channel?.unref();
      resolve({ port: port as number, pid: child.pid as number });
    });
  });
}
