import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Edgewire } from "../../src/client/index.ts";
import { launchChromium } from "../support/chromium.ts";
import { freePort } from "../support/free-port.ts";
import { describeWith } from "../support/installed.ts";
import { type PageServer, startPageServer } from "../support/page-server.ts";
import { clientExample } from "../support/readme.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const port = await freePort();

describeWith("chromium", "the SDK in Chromium, on a page of another origin", () => {
  const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, ALLOWED_ORIGINS: "*" });
  const folder = mkdtempSync(join(tmpdir(), "edgewire-readme-"));
  const ends: (() => void)[] = [];
  let browser: Browser;
  let pages: PageServer;

  beforeAll(async () => {
    pages = await startPageServer(port, new URL("./page.js", import.meta.url));
    browser = await launchChromium();
  });
  afterAll(async () => {
    for (const end of ends) end();
    await browser?.close();
    await pages?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page, and what it says on its console: its own words, or a fault that nobody caught. */
  async function openPage(): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (line) => said.push(line.text()));
    page.on("pageerror", ({ message }) => said.push(`error: ${message}`));
    await page.goto(`http://127.0.0.1:${port}/`);
    return { page, said };
  }

  it("chats with Node by the README's own ten lines", async () => {
    const fetchToken = (user: string) => `const fetchToken = () => ${JSON.stringify(tokenFor(user))};\n`;
    const file = join(folder, "node.mjs");
    const module = new URL("../../src/client/index.ts", import.meta.url).href;
    writeFileSync(file, fetchToken("node") + clientExample(service.origin(), module));
    const node = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file]);
    ends.push(() => node.kill("SIGKILL"));
    let heard = "";
    for (const stream of [node.stdout, node.stderr])
      stream.on("data", (text) => {
        heard += text;
      });
    await until(() => heard.includes("node: hello"), { what: () => `Node hears itself: ${heard}` });

    const { page, said } = await openPage();
    const example = clientExample(service.origin(), `${service.origin()}/sdk/v1.js`);
    await page.addScriptTag({ type: "module", content: fetchToken("browser") + example });
    await until(() => heard.includes("browser: hello") && heard.includes("here: browser, node"), {
      what: () => `Node hears the browser: ${heard}`,
    });
    await until(() => ["node: hello", "browser: hello", "here: browser, node"].every((line) => said.includes(line)), {
      what: () => `the browser hears both: ${said.join("\n")}`,
    });
    expect(said.filter((line) => line.startsWith("error"))).toEqual([]);
    await page.close();
  });

  it.each(["websocket", "sse", "poll"])("imports /sdk/v1.js and chats with Node over %s", async (transport) => {
    const room = uniqueRoom("browser");
    const wire = new Edgewire({ url: service.origin(), token: () => tokenFor("node"), storage: null });
    ends.push(() => wire.close());
    const here = wire.room<string>(room);
    here.on("message", ({ user, data }) => {
      if (user === "browser") here.publish(`hello ${data}`);
    });
    const { page, said } = await openPage();
    const talk = `
      const { Edgewire } = await import("${service.origin()}/sdk/v1.js");
      const token = ${JSON.stringify(tokenFor("browser"))};
      const wire = new Edgewire({ url: "${service.origin()}", token: () => token, transports: ["${transport}"] });
      const room = wire.room("${room}");
      room.on("message", ({ user, data }) => console.log(user + ": " + data));
      const { seq } = await room.publish(room.state.name);
      console.log(seq + " is on disk, over " + room.state.transport);`;
    await page.addScriptTag({ type: "module", content: talk });
    await until(() => said.length >= 3, { what: () => `three lines: ${said.join("\n")}` });
    expect(said.sort()).toEqual([`1 is on disk, over ${transport}`, "browser: connecting", "node: hello connecting"]);
    await page.close();
  });
});
