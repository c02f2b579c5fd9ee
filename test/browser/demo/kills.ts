import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../support/chromium.ts";
import { type DemoServer, startDemoServer } from "../../support/demo-server.ts";
import { describeWith } from "../../support/installed.ts";
import { until } from "../../support/until.ts";
import { DemoPage, stored } from "./demo-page.ts";

/** ms between two messages of a page that talks by itself. */
const TALK = 40;

describeWith("chromium", "the demo's server", () => {
  let browser: Browser;
  /** Of its own: nobody else is to be killed. */
  let server: DemoServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), startDemoServer({ PUBLISH_RATE: "1000" })]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("is killed 5 times, with 20 cuts between, under traffic on three transports: the counter is exact", async () => {
    const demo = await DemoPage.open(browser, { origin: server.origin });
    const { page } = demo;
    await page.locator("#inspector summary").click();
    await page.evaluate((every) => {
      const forms = [...document.querySelectorAll<HTMLFormElement>(".pane form")];
      let turn = 0;
      const timer = setInterval(() => {
        const form = forms[turn++ % forms.length] as HTMLFormElement;
        (form.querySelector("input") as HTMLInputElement).value = `traffic ${turn}`;
        form.requestSubmit();
      }, every);
      Object.assign(globalThis, {
        stopTraffic: () => {
          clearInterval(timer);
          return turn;
        },
      });
    }, TALK);

    const rounds: { change: [1 | 2, string][]; badges: [string, string] }[] = [
      { change: [], badges: ["WebSocket", "WebSocket"] },
      { change: [[2, "Block WebSocket"]], badges: ["WebSocket", "SSE"] },
      { change: [[2, "Block SSE"]], badges: ["WebSocket", "Poll"] },
      { change: [[1, "Block WebSocket"]], badges: ["SSE", "Poll"] },
      {
        change: [
          [1, "Block WebSocket"],
          [2, "Block WebSocket"],
        ],
        badges: ["WebSocket", "WebSocket"],
      },
    ];
    let cuts = 0;
    let kills = 0;
    for (const { change, badges } of rounds) {
      for (const [person, label] of change) await demo.press(person, label);
      for (const person of [1, 2] as const) await demo.shows(person, badges[person - 1] as string);
      for (let cut = 0; cut < 4; cut++) {
        await demo.press(cut % 2 === 0 ? 1 : 2, "Cut");
        cuts++;
        const { received } = await demo.counts();
        await until(async () => (await demo.counts()).received > received, { what: "it goes on after a cut" });
      }
      await page.locator("[data-action=plug]").click();
      await page.locator("#news", { hasText: "Server killed" }).waitFor();
      await page.locator("#news", { hasText: "back after" }).waitFor({ timeout: 30_000 });
      kills++;
      const { received } = await demo.counts();
      await until(async () => (await demo.counts()).received > received, {
        what: "it goes on after a kill",
        timeout: 30_000,
      });
    }
    const traffic = await page.evaluate(() => (globalThis as unknown as { stopTraffic: () => number }).stopTraffic());
    expect([cuts, kills]).toEqual([20, 5]);
    await page.waitForFunction(() => !document.querySelector("[data-action=plug][aria-busy]"));
    const { sent } = await demo.settled(traffic, 30_000);
    // What the page counts is what the log holds: nothing was stored that nobody sent, or twice.
    expect(await stored(demo.session, server.origin)).toBe(sent + 1);
    await demo.close();
  }, 180_000);
});
