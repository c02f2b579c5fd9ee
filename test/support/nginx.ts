import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, refuses } from "./free-port.ts";
import { startProgram } from "./guarded-program.ts";
import { until } from "./until.ts";

/** A real nginx in front of something. */
export interface Nginx {
  /** Origin, e.g. `http://127.0.0.1:4321`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** Origin of what is behind it. */
  upstream: string;
  /** `proxy_read_timeout`, seconds: silence from behind after which nginx gives a connection up. Its default is 60. */
  readTimeout: number;
}

/**
 * As somebody would write it who has read how to proxy: everything by a plain `proxy_pass`, with nginx's defaults (so with
 * buffering), and for WebSockets the two headers of its manual.
 */
const configuration = (port: number, { upstream, readTimeout }: NginxOptions) => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path temp/${kind};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    proxy_read_timeout ${readTimeout}s;
    location / {
      proxy_pass ${upstream};
    }
    location ~ /connect$ {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }
  }
}
`;

/** Starts it in a directory of its own, and resolves when it listens. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const home = await mkdtemp(join(tmpdir(), "edgewire-nginx-"));
  await mkdir(join(home, "temp"));
  const port = await freePort();
  const file = join(home, "nginx.conf");
  await writeFile(file, configuration(port, options));
  const program = startProgram(["nginx", "-p", home, "-c", file, "-e", "stderr"]);
  const stop = async () => {
    await program.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await until(async () => !program.isRunning || !(await refuses(port)), { what: () => program.complaints });
    if (!program.isRunning) throw new Error(`nginx ended: ${program.complaints}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}
