import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/installed.ts";
import { DemoPage } from "./demo-page.ts";

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
});
