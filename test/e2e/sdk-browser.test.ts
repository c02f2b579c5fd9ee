import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Edgewire } from "../../src/client/index.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, ALLOWED_ORIGINS: "*" });
const hasChromium = spawnSync("chromium", ["--version"]).status === 0;
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

const profile = mkdtempSync(join(tmpdir(), "edgewire-chromium-"));
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** A page of another origin, and what it reports. */
async function servePage(script: string): Promise<{ url: string; reports: string[] }> {
  const reports: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === "POST") request.on("data", (text) => reports.push(String(text)));
    response.setHeader("content-type", "text/html");
    response.end(request.method === "POST" ? "" : `<!doctype html><script type="module">${script}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, reports };
}

test.skipIf(!hasChromium)(
  "a page of any origin imports /sdk/v1.js and chats with Node, over each transport",
  async () => {
    const room = uniqueRoom("browser");
    const page = await servePage(`
    const report = (what) => fetch("/", { method: "POST", body: what });
    onerror = (_event, _source, _line, _column, error) => report("error " + error);
    onunhandledrejection = ({ reason }) => report("error " + reason);
    const { Edgewire } = await import("${service.origin()}/sdk/v1.js");
    for (const transport of ["websocket", "sse", "poll"]) {
      const token = ${JSON.stringify(tokenFor("browser"))};
      const wire = new Edgewire({ url: "${service.origin()}", token: () => token, transports: [transport] });
      const room = wire.room("${room}", { rewind: 100 });
      const answer = new Promise((resolve) =>
        room.on("message", ({ user, data }) => user === "node" && data.to === transport && resolve(data)));
      await room.publish({ from: transport });
      report(transport + " " + (await answer).text);
      wire.close();
    }`);
    const token = tokenFor("node");
    const wire = new Edgewire({ url: service.origin(), token: () => token, storage: null });
    const here = wire.room<{ from?: string; to?: string; text?: string }>(room);
    ends.push(() => wire.close());
    here.on("message", ({ user, data }) => {
      if (user === "browser") here.publish({ to: data.from ?? "", text: `hello ${data.from}` });
    });
    const chromium = spawn("chromium", [...FLAGS, `--user-data-dir=${profile}`, page.url], { stdio: "ignore" });
    ends.push(async () => {
      // Asked, not killed: only so it ends what it has started, which would go on writing to what is being removed.
      const exited = once(chromium, "exit");
      chromium.kill("SIGTERM");
      await exited;
    });
    await until(() => page.reports.length >= 3 || page.reports.some((report) => report.startsWith("error")), {
      what: () => `three answers; there are ${page.reports.join(", ")}`,
      timeout: 45_000,
    });
    expect(page.reports).toEqual(["websocket hello websocket", "sse hello sse", "poll hello poll"]);
  },
);
