import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { describeWith } from "../support/installed.ts";
import { until } from "../support/until.ts";
import { DemoPage, stored } from "./demo/demo-page.ts";

/** ms between two messages of a page that talks by itself. */
const TALK = 40;

describeWith("chromium", "whatever is done to the demo's two people", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it("without a WebSocket they talk over SSE, without that by polls, and then by a WebSocket again", async () => {
    const demo = await DemoPage.open(browser);
    await demo.press(1, "Block WebSocket");
    await demo.shows(1, "SSE");
    await demo.say(2, "to SSE");
    await demo.sees(1, "to SSE");
    await demo.say(1, "from SSE");
    await demo.sees(2, "from SSE");
    await demo.press(1, "Block SSE");
    await demo.shows(1, "Poll");
    await demo.say(2, "to poll");
    await demo.sees(1, "to poll");
    await demo.press(1, "Block WebSocket");
    await demo.shows(1, "WebSocket");
    expect(await demo.badge(2)).toBe("WebSocket");
    await demo.settled(3);
    await demo.close();
  });

  it("a frozen network holds everything back, and loses nothing of it", async () => {
    const demo = await DemoPage.open(browser);
    await demo.press(1, "Freeze");
    await demo.say(1, "into the ice");
    await demo.say(2, "against the ice");
    await demo.sees(2, "against the ice");
    expect((await demo.counts()).received).toBe(0);
    await demo.press(1, "Freeze");
    await demo.settled(2);
    await demo.close();
  });

  it("a token that ends is replaced, and nobody notices but the inspector", async () => {
    const demo = await DemoPage.open(browser);
    await demo.page.locator("#inspector summary").click();
    await demo.press(1, "Expire token");
    const states = demo.page.locator(".column.person-1 .states li");
    await states.filter({ hasText: "4401 unauthenticated" }).waitFor({ timeout: 15_000 });
    await demo.say(2, "to whoever is let in");
    await demo.shows(1, "WebSocket");
    await demo.sees(1, "to whoever is let in");
    await demo.settled(1);
    await demo.close();
  });

  it("through 20 cuts and 5 kills of the server, on three transports: the counter is exact", async () => {
    const demo = await DemoPage.open(browser);
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
    expect(await stored(demo.session)).toBe(sent + 1);
    await demo.close();
  }, 180_000);
});
