import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect, inject } from "vitest";
import { randomId } from "../../../src/demo/session.ts";
import { until } from "../../support/until.ts";

export interface Counts {
  sent: number;
  received: number;
  lost: number;
  doubled: number;
  reordered: number;
}

/** What Chromium itself writes about a service that is down; a page can neither avoid nor silence it. */
const DOWN =
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED|NETWORK_CHANGED|INCOMPLETE_CHUNKED_ENCODING|FAILED)|WebSocket connection to .* failed/;

export interface Opening extends BrowserContextOptions {
  /** Default: another one. */
  session?: string;
  /** Of the service. Default: that of all files. */
  origin?: string;
}

/** The demo in a browser, as somebody before it sees and uses it. */
export class DemoPage {
  readonly page: Page;
  /** What went wrong, or asked somebody else. */
  readonly problems: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.on("console", (message) => {
      const text = message.text();
      if (["error", "warning"].includes(message.type()) && !DOWN.test(text)) this.problems.push(text);
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("dialog", (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      const isOwn = url.origin === origin || url.protocol === "blob:" || url.pathname === "/plug";
      if (!isOwn) this.problems.push(`asks outside: ${request.url()}`);
    });
  }

  /** Opens it in a session where something was said already, so that it says nothing by itself. */
  static async open(browser: Browser, given: Opening = {}): Promise<DemoPage> {
    const { session = randomId(16), origin = inject("demo"), ...options } = given;
    await sayFirst(session, origin);
    const context = await browser.newContext(options);
    const demo = new DemoPage(await context.newPage(), origin);
    await demo.page.goto(`${origin}/#${session}`);
    for (const person of [1, 2] as const) await demo.shows(person, "WebSocket");
    return demo;
  }

  get session(): string {
    return new URL(this.page.url()).hash.slice(1);
  }

  pane(person: 1 | 2): Locator {
    return this.page.locator(`.pane.person-${person}`);
  }

  async badge(person: 1 | 2): Promise<string> {
    return (await this.pane(person).locator(".badge").textContent()) ?? "";
  }

  /** Waits for a badge. */
  async shows(person: 1 | 2, badge: string): Promise<void> {
    await until(async () => (await this.badge(person)) === badge, {
      what: `${person} shows ${badge}`,
      timeout: 20_000,
    });
  }

  async press(person: 1 | 2, label: string): Promise<void> {
    await this.pane(person).getByRole("button", { name: label, exact: true }).click();
  }

  async say(person: 1 | 2, text: string): Promise<void> {
    const field = this.pane(person).locator("form input");
    await field.fill(text);
    await field.press("Enter");
  }

  lines(person: 1 | 2): Promise<string[]> {
    return this.pane(person).locator(".line p").allTextContents();
  }

  /** Waits until somebody sees a text as the last. */
  async sees(person: 1 | 2, text: string): Promise<void> {
    await until(async () => (await this.lines(person)).at(-1) === text, {
      what: `${person} sees ${text}`,
      timeout: 20_000,
    });
  }

  async counts(): Promise<Counts> {
    return this.page.evaluate(() => {
      const number = (name: string) =>
        Number(document.querySelector(`[data-count=${name}]`)?.textContent?.replaceAll(",", ""));
      const names = ["sent", "received", "lost", "doubled", "reordered"] as const;
      return Object.fromEntries(names.map((name) => [name, number(name)])) as never;
    });
  }

  /** Waits until so many were sent, at least, and all of them have come; nothing may be wrong then. */
  async settled(least: number, timeout = 20_000): Promise<Counts> {
    let counts = await this.counts();
    await until(
      async () => {
        counts = await this.counts();
        return counts.sent >= least && counts.received === counts.sent;
      },
      { what: () => `${least} messages have come: ${JSON.stringify(counts)}`, timeout, every: 100 },
    );
    expect(counts).toEqual({ sent: counts.sent, received: counts.sent, lost: 0, doubled: 0, reordered: 0 });
    return counts;
  }

  async close(): Promise<void> {
    await this.page.context().close();
    expect(this.problems).toEqual([]);
  }
}

/** A token for somebody else in a session. */
export async function visitorToken(
  session: string,
  person: number,
  name: string,
  origin = inject("demo"),
): Promise<string> {
  const response = await fetch(`${origin}/demo/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ session, person, name }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

/** From outside, once. */
async function sayFirst(session: string, origin: string): Promise<void> {
  const token = await visitorToken(session, 9, "somebody", origin);
  const response = await fetch(`${origin}/v1/rooms/demo-${session}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ id: "first", data: { text: "somebody was here" } }),
  });
  expect(response.ok).toBe(true);
}

/** How many messages the session's room holds. */
export async function stored(session: string, origin: string): Promise<number> {
  const headers = { authorization: `Bearer ${await visitorToken(session, 9, "auditor", origin)}` };
  const url = `${origin}/v1/rooms/demo-${session}/messages?limit=1`;
  const { messages } = (await (await fetch(url, { headers })).json()) as { messages: { seq: number }[] };
  return messages[0]?.seq ?? 0;
}
