import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Edgewire } from "../../src/client/index.ts";
import { launchChromium } from "../support/chromium.ts";
import { describeWith } from "../support/installed.ts";
import { until } from "../support/until.ts";
import { DemoPage, visitorToken } from "./demo/demo-page.ts";
import { HOSTILE_NAMES, HOSTILE_TEXTS } from "./demo/hostile.ts";

describe.concurrent("the demo", () => {
  describeWith("chromium", "two people on its page", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());

    it("are there at once, and talk on two pages of the same session", async () => {
      const here = await DemoPage.open(browser);
      const there = await DemoPage.open(browser, { session: here.session });
      await there.shows(2, "WebSocket");
      await here.say(1, "from the one page");
      await there.sees(2, "from the one page");
      await there.say(2, "from the other");
      await here.sees(1, "from the other");
      await here.say(1, "and again");
      await there.sees(1, "and again");
      // One who was there from the start has seen all of them; each page counts its own.
      expect(await here.settled(2)).toMatchObject({ sent: 2 });
      expect(await there.settled(1)).toMatchObject({ sent: 1 });
      await Promise.all([here.close(), there.close()]);
    });

    it("see that the other types, and who is there", async () => {
      const demo = await DemoPage.open(browser);
      await demo.pane(1).locator("form input").pressSequentially("hello");
      await until(async () => /is typing/.test((await demo.pane(2).locator(".typing").textContent()) ?? ""), {
        what: "somebody is typing",
      });
      expect(await demo.pane(2).locator(".presence").textContent()).toMatch(/^with \S+$/);
      await demo.close();
    });

    it("have a burst of a thousand, look back for what was before, and are told what they have not read", async () => {
      const demo = await DemoPage.open(browser);
      await demo.page.locator("[data-action=burst]").click();
      await demo.settled(1000);
      await until(
        async () => /1,000 messages in .* commits/.test((await demo.page.locator("#news").textContent()) ?? ""),
        {
          what: "what became of the burst",
        },
      );
      const commits = Number(/([\d,]+) commits/.exec((await demo.page.locator("#news").textContent()) ?? "")?.[1]);
      expect(commits).toBeGreaterThan(0);
      expect(commits).toBeLessThan(500);
      const lines = demo.pane(2).locator(".lines");
      const first = () => lines.locator(".line").first().getAttribute("data-seq");
      const before = Number(await first());
      await lines.evaluate((element) => element.scrollTo(0, 0));
      await until(async () => Number(await first()) < before, { what: "older messages" });
      // In their order, without a hole.
      const seqs = await lines.locator(".line").evaluateAll((all) => all.map(({ dataset }) => Number(dataset.seq)));
      expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] as number) + index));
      await demo.say(1, "while you look back");
      await demo.pane(2).getByRole("button", { name: "1 unread" }).click();
      await demo.sees(2, "while you look back");
      await demo.close();
    });

    it("go on after they were offline, with what they have said meanwhile", async () => {
      const demo = await DemoPage.open(browser);
      const context = demo.page.context();
      await context.setOffline(true);
      for (const person of [1, 2] as const) await demo.press(person, "Cut");
      await demo.shows(1, "waiting");
      await demo.say(1, "said without a network");
      expect((await demo.counts()).received).toBe(0);
      await context.setOffline(false);
      await demo.sees(2, "said without a network");
      await demo.settled(1);
      await demo.close();
    });

    it("stay text, whatever they are called and whatever they say", async () => {
      const demo = await DemoPage.open(browser);
      const { session } = demo;
      for (const [index, name] of HOSTILE_NAMES.entries()) {
        const token = await visitorToken(session, 3, name);
        const wire = new Edgewire({ url: inject("demo"), token, storage: null });
        const room = wire.room(`demo-${session}`);
        await room.publish({ text: `${index}` });
        room.signal("typing");
        await until(async () => (await demo.pane(1).locator(".presence").textContent())?.includes(name), {
          what: () => `the name ${JSON.stringify(name)} is shown as it is`,
        });
        wire.close();
        await until(async () => !(await demo.pane(1).locator(".presence").textContent())?.includes(name), {
          what: "gone",
        });
      }
      const wire = new Edgewire({ url: inject("demo"), token: await visitorToken(session, 3, "eve"), storage: null });
      const room = wire.room(`demo-${session}`);
      await Promise.all(HOSTILE_TEXTS.map((text) => room.publish({ text })));
      for (const odd of [null, 7, "text", ["<b>"], { text: { toString: "<i>" } }, { html: "<u>" }])
        await room.publish(odd);
      await until(async () => (await demo.lines(1)).length >= 1 + HOSTILE_NAMES.length + HOSTILE_TEXTS.length + 6, {
        what: "all that was said",
      });
      wire.close();
      const lines = await demo.lines(1);
      for (const text of HOSTILE_TEXTS) expect(lines).toContain(text);
      expect(lines.slice(-6)).toEqual([
        "null",
        "7",
        '"text"',
        '["<b>"]',
        '{"text":{"toString":"<i>"}}',
        '{"html":"<u>"}',
      ]);
      const made =
        "img, script, iframe, svg, style, link, base, meta, a, form form, math, [onerror], [onload], [onfocus]";
      expect(await demo.page.locator(".lines").first().locator(made).count()).toBe(0);
      expect(await demo.page.title()).toMatch(/^Edgewire/);
      await demo.close();
    });

    it.each([
      ["a desk, light", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
      ["a phone, dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
    ] as const)(
      "have all the other uses and the inspector, and axe finds nothing serious on %s",
      async (_where, options) => {
        const demo = await DemoPage.open(browser, options);
        const { page } = demo;
        await page.locator("#inspector summary").click();
        await page.locator(".snippet summary").first().click();
        const uses: Record<string, () => Promise<unknown>> = {
          "Live ticker": () => page.locator(".ticker strong", { hasText: /\d/ }).nth(2).waitFor(),
          "A job's progress": async () => {
            await page.getByRole("button", { name: "starts a job" }).click();
            await page.locator(".step", { hasText: "Done" }).waitFor();
          },
          "Shared canvas": async () => {
            await page
              .locator(".board")
              .first()
              .click({ position: { x: 60, y: 60 } });
            await page.locator(".board").nth(1).locator(".mark-dot").waitFor();
            await page
              .locator(".board")
              .first()
              .hover({ position: { x: 90, y: 60 } });
            await page.locator(".board").nth(1).locator(".pointer").waitFor();
          },
          Notifications: async () => {
            await page.getByRole("button", { name: "notifies" }).click();
            for (const device of [0, 1])
              await page.locator(".device .unread.some", { hasText: "1 unread" }).nth(device).waitFor();
            await page.getByRole("button", { name: "Mark as read" }).first().click();
            await until(async () => (await page.locator(".unread.some").count()) === 0, {
              what: "read on both devices",
            });
          },
        };
        await page.evaluate(axe.source);
        const check = async (selector: string) => {
          const { violations } = await page.evaluate(
            (place) => (globalThis as unknown as { axe: typeof axe }).axe.run(place),
            selector,
          );
          const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        };
        await check("html");
        for (const [name, works] of Object.entries(uses)) {
          await page.getByRole("tab", { name }).click();
          await works();
          await check(".uses");
        }
        expect(await page.locator(".snippet code").first().textContent()).toContain('token: "eyJ');
        expect(await page.locator(".plot canvas").count()).toBe(1);
        // Nothing is wider than the screen.
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        await demo.close();
      },
    );
  });
});
