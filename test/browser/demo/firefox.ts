import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { Edgewire } from "../../../src/client/index.ts";
import { randomId } from "../../../src/demo/session.ts";
import { describeWith } from "../../support/installed.ts";
import { until } from "../../support/until.ts";
import { visitorToken } from "./demo-page.ts";

/** Nothing of its own over the network, and no first-run pages. */
const PREFERENCES = [
  'user_pref("browser.shell.checkDefaultBrowser", false);',
  'user_pref("datareporting.policy.dataSubmissionEnabled", false);',
  'user_pref("network.captive-portal-service.enabled", false);',
  'user_pref("network.connectivity-service.enabled", false);',
  'user_pref("app.normandy.enabled", false);',
  'user_pref("browser.safebrowsing.update.enabled", false);',
].join("\n");

describeWith("firefox-esr", "the demo's page in Firefox ESR", () => {
  // Playwright drives only a Firefox of its own: so this one is watched from the room that its page is in.
  it("has two people who come, type, and talk with everybody else", async () => {
    const session = randomId(16);
    const wire = new Edgewire({ url: inject("demo"), token: await visitorToken(session, 3, "watcher"), storage: null });
    const room = wire.room(`demo-${session}`, { presence: "members" });
    const said: string[] = [];
    let typed = 0;
    room.on("message", ({ data }) => said.push((data as { text: string }).text));
    room.on("signal", ({ event }) => {
      if (event === "typing") typed++;
    });
    await until(() => room.state.name === "connected", { what: "the watcher is there" });
    const profile = await mkdtemp(join(tmpdir(), "edgewire-firefox-"));
    await writeFile(join(profile, "user.js"), PREFERENCES);
    const url = `${inject("demo")}/#${session}`;
    const firefox = spawn("firefox-esr", ["--headless", "--no-remote", "--profile", profile, url], { stdio: "ignore" });
    try {
      await until(() => said.length >= 5, { what: () => `the opening words; there are ${said}`, timeout: 45_000 });
      expect(room.members.map(({ info }) => info?.name)).toHaveLength(3);
      expect(new Set(said).size).toBe(5);
      expect(typed).toBeGreaterThan(0);
    } finally {
      wire.close();
      const exited = once(firefox, "exit");
      firefox.kill("SIGTERM");
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  });
});
