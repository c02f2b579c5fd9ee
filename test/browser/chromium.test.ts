import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TcpProxy } from "../fault/proxy/proxy.ts";
import { startTraffic } from "../support/busy-room.ts";
import { launchChromium } from "../support/chromium.ts";
import { freePort } from "../support/free-port.ts";
import { type HandedEvent, Inbox } from "../support/inbox.ts";
import { describeWith } from "../support/installed.ts";
import { wholeLog } from "../support/log.ts";
import { type PageServer, startPageServer } from "../support/page-server.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const port = await freePort();
const allowed = `http://127.0.0.1:${port}`;
const foreign = `http://localhost:${port}`;

describeWith("chromium", "a page in Chromium", () => {
  const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, ALLOWED_ORIGINS: allowed });
  let browser: Browser;
  let pages: PageServer;
  let proxy: TcpProxy;

  beforeAll(async () => {
    pages = await startPageServer(port, new URL("./page.js", import.meta.url));
    proxy = await TcpProxy.start({ target: service.origin });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await proxy?.stop();
    await pages?.stop();
  });

  /** What the three readers of a page have handed over. */
  class Readers {
    readonly events = new Inbox();
    readonly socket = new Inbox();
    readonly poll = new Inbox();
    /** The ready state or close code of each cut. */
    readonly cuts: Record<string, number[]> = { events: [], socket: [], poll: [] };

    get all(): Inbox[] {
      return [this.events, this.socket, this.poll];
    }

    hand(kind: string, what: unknown, detail: number): void {
      if (kind === "event") this.events.takeEvent(what as HandedEvent);
      if (kind === "frame") this.socket.takeFrame(what as string);
      if (kind === "answer") this.poll.takeAnswer(what as string);
      if (kind === "cut") this.cuts[what as string]?.push(detail);
    }
  }

  async function openPage(origin: string): Promise<{ page: Page; readers: Readers }> {
    const page = await browser.newPage();
    const readers = new Readers();
    await page.exposeFunction("hand", (...handed: Parameters<Readers["hand"]>) => readers.hand(...handed));
    await page.goto(origin);
    return { page, readers };
  }

  /** Calls a function of page.js. */
  const run = (page: Page, name: string, ...args: unknown[]): Promise<unknown> =>
    page.evaluate(`${name}(...${JSON.stringify(args)})`);

  it("TICKET-1 ORIGIN-1 RESUME-2 follows a room by EventSource, WebSocket and fetch, through a kill of the server", async () => {
    const room = uniqueRoom("browser");
    const token = tokenFor("reader");
    const url = `${proxy.url}/v1/rooms/${room}`;
    const { page, readers } = await openPage(allowed);

    expect(await run(page, "post", `${url}/messages`, token, { data: "before" })).toMatchObject({ status: 201 });
    const channel = `room:${room}`;
    const made = (await run(page, "post", `${proxy.url}/v1/tickets`, token, { channel })) as {
      body: { ticket: string };
    };
    await run(page, "followEvents", `${url}/events?ticket=${made.body.ticket}`);
    await run(page, "followSocket", `${url.replace("http", "ws")}/connect`, token);
    // Not awaited in the page: it ends with it.
    await page.evaluate(`void followPoll(...${JSON.stringify([`${url}/poll`, token])})`);
    await until(() => readers.all.every(({ welcomes }) => welcomes === 1), { what: "three welcomes" });

    const allHave = (more: number) => {
      const goals = readers.all.map(({ received }) => received.length + more);
      return until(() => readers.all.every(({ received }, index) => received.length >= (goals[index] ?? 0)), {
        what: () => `${goals} messages, not ${readers.all.map(({ received }) => received.length)}`,
        timeout: 20_000,
      });
    };
    const traffic = startTraffic(service, room);
    await allHave(20);
    await service.server.restart();
    await allHave(20);
    await traffic.stop();
    const log = (await wholeLog(service, room)).slice(1);
    await until(() => readers.all.every(({ cursor }) => cursor === log.at(-1)?.cursor), { what: "the end of the log" });

    for (const inbox of readers.all) inbox.expectExactly(log);
    for (const [reader, cuts] of Object.entries(readers.cuts)) expect(cuts.length, reader).toBeGreaterThan(0);
    await page.close();
  });

  it("ORIGIN-1 gets nothing on a page of an origin that is not allowed", async () => {
    const room = uniqueRoom("browser");
    const token = tokenFor("reader");
    const url = `${proxy.url}/v1/rooms/${room}`;
    const { page, readers } = await openPage(foreign);
    const { page: friend } = await openPage(allowed);
    const made = (await run(friend, "post", `${proxy.url}/v1/tickets`, token, { channel: `room:${room}` })) as {
      body: { ticket: string };
    };

    expect(await run(page, "post", `${url}/messages`, token, { data: "from nowhere" })).toEqual({ error: "TypeError" });
    await run(page, "followEvents", `${url}/events?ticket=${made.body.ticket}`);
    await run(page, "followSocket", `${url.replace("http", "ws")}/connect`, token);
    await until(() => readers.cuts.events?.length && readers.cuts.socket?.length, { what: "both are refused" });
    expect(readers.cuts.events).toEqual([2]); // CLOSED: it does not come back
    expect(readers.cuts.socket?.[0]).toBe(1006);
    expect(readers.all.map(({ welcomes }) => welcomes)).toEqual([0, 0, 0]);
    expect(await wholeLog(service, room)).toEqual([]);
  });
});
