/**
 * `npm run bench:first`: how long a newcomer waits, from a clean clone with an empty npm cache to the first message on the
 * page. Takes what is committed; needs Chromium, and npm's registry.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../support/chromium.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** ms: of the whole; the promise is 90 s. */
const PATIENCE = 300_000;

const folder = mkdtempSync(join(tmpdir(), "edgewire-first-"));
const clone = join(folder, "edgewire");
const env = { ...process.env, npm_config_cache: join(folder, "cache") };
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const began = performance.now();
let last = began;

function lap(what: string): void {
  const now = performance.now();
  console.log(`${what}: ${seconds(now - last)}`);
  last = now;
}

function run(command: string, args: string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: PATIENCE });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

run("git", ["clone", "--quiet", ROOT, clone], folder);
lap("git clone");
run("npm", ["install", "--no-audit", "--no-fund"], clone);
lap("npm install, with an empty cache");
const port = await freePort();
const service = spawn("npm", ["start", "--", "--port", String(port)], {
  cwd: clone,
  env,
  stdio: "ignore",
  detached: true,
});
try {
  const url = `http://127.0.0.1:${port}/`;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, { what: "the page is served", timeout: PATIENCE });
  lap("npm start");
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForSelector("[data-count=received]:not(:text-is('0'))");
  lap("the page's first message");
  await browser.close();
  console.log(`from a clean clone to the first message seen: ${seconds(performance.now() - began)}`);
} finally {
  if (service.pid !== undefined) process.kill(-service.pid, "SIGTERM");
  await new Promise((resolve) => service.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
