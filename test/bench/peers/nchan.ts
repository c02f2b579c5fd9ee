/** Nchan (a module of nginx) as Debian ships it, with one worker, pinned as workerd is: a room is a channel in memory. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { killAtExit } from "../machine/cleanup.ts";
import { pinnedTo, SERVER_CORE } from "../machine/pinning.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const NGINX = ["/usr/sbin/nginx", "/usr/bin/nginx"].find(existsSync);
const READY_WITHIN_MS = 5000;

/** Why it cannot run here; null: it can. */
export function nchanMissing(): string | null {
  if (NGINX === undefined || !existsSync(MODULE))
    return "nginx with Debian's module libnginx-mod-nchan is not on this machine (apt-get install libnginx-mod-nchan)";
  if (!existsSync("/proc/self/task")) return "its worker's pid is looked up in /proc, which is not here";
  return null;
}

export function nchanVersion(): string {
  return /nginx\/\S+/.exec(spawnSync(NGINX ?? "nginx", ["-v"]).stderr.toString())?.[0] ?? "nginx";
}

/** @param folder for this server alone */
export async function startNchan(folder: string): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = path.join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port));
  const [command, args] = pinnedTo(SERVER_CORE, NGINX as string, ["-p", folder, "-c", file, "-e", "stderr"]);
  const master = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => master.once("exit", () => resolve()));
  const killMaster = killAtExit(() => (master.exitCode === null ? master.pid : undefined));
  const pid = await workerOf(master.pid as number, () => master.exitCode === null);
  // A worker outlives a master that is killed.
  const killWorker = killAtExit(() => pid);
  master.unref();
  return {
    port,
    pid,
    stop() {
      master.ref();
      killMaster();
      killWorker();
      return ended;
    },
  };
}

/** The buffer holds more than any window here: what a slow reader has not got yet is not to be dropped. */
function configuration(folder: string, port: number): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder}/${of};`);
  return `load_module ${MODULE};
daemon off;
worker_processes 1;
error_log stderr error;
pid ${folder}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  ${folders.join("\n  ")}
  nchan_shared_memory_size 512m;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/(.+)$ {
      nchan_pubsub websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 4096;
      nchan_message_timeout 1m;
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function workerOf(master: number, isAlive: () => boolean): Promise<number> {
  const start = performance.now();
  while (isAlive() && performance.now() - start < READY_WITHIN_MS) {
    const child = Number(readFileSync(`/proc/${master}/task/${master}/children`, "latin1").split(" ")[0]);
    // The master listens before it forks.
    if (child > 0 && readFileSync(`/proc/${child}/cmdline`, "latin1").includes("worker process")) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("nginx started no worker");
}
