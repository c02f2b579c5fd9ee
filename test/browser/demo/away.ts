import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, inject, it } from "vitest";
import { Edgewire } from "../../../src/client/index.ts";
import { randomId } from "../../../src/demo/session.ts";
import { type Chromium, startChromium, type Tab } from "../../support/devtools.ts";
import { describeWith } from "../../support/installed.ts";
import { until } from "../../support/until.ts";
import { HEARTBEAT } from "../setup.ts";
import { visitorToken } from "./demo-page.ts";
import { holdTimersWhileHidden } from "./held-timers.ts";

describeWith("chromium", "a page of the demo that nobody looks at", () => {
  /** One for each: showing a page hides the others of its window. */
  const started: Chromium[] = [];
  afterAll(() => Promise.all(started.map((chromium) => chromium.stop())));

  /** Somebody else in the room, who sees who comes and goes. */
  async function watch(session: string) {
    const wire = new Edgewire({ url: inject("demo"), token: await visitorToken(session, 3, "watcher"), storage: null });
    const room = wire.room(`demo-${session}`, { presence: "members" });
    const left: string[] = [];
    const joined: string[] = [];
    room.on("presence", (change) => {
      left.push(...(change.left ?? []).map(({ user }) => user));
      joined.push(...(change.joined ?? []).map(({ user }) => user));
    });
    return { wire, room, left, joined };
  }

  const states = (tab: Tab) =>
    tab.evaluate<string[]>(`[...document.querySelectorAll(".states li")].map((line) => line.textContent.slice(9))`);
  const lines = (tab: Tab) =>
    tab.evaluate<string[]>(`[...document.querySelectorAll(".person-2 .line p")].map((line) => line.textContent)`);

  async function open(session: string) {
    const chromium = await startChromium();
    started.push(chromium);
    const watcher = await watch(session);
    await watcher.room.publish({ text: "first" });
    const tab = await chromium.open(`${inject("demo")}/#${session}`, holdTimersWhileHidden);
    await until(() => watcher.room.count === 3, { what: "both are there", timeout: 20_000 });
    await until(async () => (await states(tab)).length >= 2, { what: "both are connected" });
    return { chromium, tab, watcher };
  }

  it("hidden, with its timers held back, neither leaves nor is closed", async () => {
    const { chromium, tab, watcher } = await open(randomId(16));
    await chromium.open("about:blank");
    await until(async () => (await tab.evaluate("document.visibilityState")) === "hidden", { what: "it is hidden" });
    await until(async () => (await tab.evaluate<number>("heldTimers()")) > 0, { what: "its timers are held back" });
    const before = [...watcher.left, ...watcher.joined].length;
    const since = Date.now();
    // Three messages, over longer than the service waits for a sign of life.
    for (let n = 1; n <= 3; n++) {
      await pause(HEARTBEAT.timeout / 2);
      await watcher.room.publish({ text: `while hidden ${n}` });
    }
    expect(Date.now() - since).toBeGreaterThan(HEARTBEAT.timeout);
    expect([...watcher.left, ...watcher.joined].slice(before)).toEqual([]);
    expect(await states(tab)).toEqual(["WebSocket", "WebSocket"]);
    await tab.show();
    await until(async () => (await lines(tab)).at(-1) === "while hidden 3", {
      what: "all that was said",
      timeout: 20_000,
    });
    expect(await lines(tab)).toEqual(["first", "while hidden 1", "while hidden 2", "while hidden 3"]);
    watcher.wire.close();
  });

  it("frozen for longer than the service waits, is gone; and has everything when it is back", async () => {
    const { chromium, tab, watcher } = await open(randomId(16));
    await chromium.open("about:blank");
    await tab.send("Page.setWebLifecycleState", { state: "frozen" });
    await until(() => watcher.left.length >= 2, { what: "both have left", timeout: 30_000 });
    for (let n = 1; n <= 20; n++) await watcher.room.publish({ text: `while frozen ${n}` });
    await tab.send("Page.setWebLifecycleState", { state: "active" });
    await tab.show();
    await until(async () => (await lines(tab)).at(-1) === "while frozen 20", {
      what: "all that was said",
      timeout: 20_000,
    });
    expect(await lines(tab)).toEqual(["first", ...Array.from({ length: 20 }, (_, n) => `while frozen ${n + 1}`)]);
    const faults = await tab.evaluate<string[]>(
      `["lost", "doubled", "reordered"].map((name) => document.querySelector("[data-count=" + name + "]").textContent)`,
    );
    expect(faults).toEqual(["0", "0", "0"]);
    await until(() => watcher.room.count === 3, { what: "both are back", timeout: 20_000 });
    watcher.wire.close();
  });
});
