import { afterEach, describe, expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { env, worker } from "./support/service.ts";

const own = "https://edge.test";
const page = "https://app.example.com";
const room = new Room("origins");
const good = { authorization: `Bearer ${env.API_KEY}` };
const json = { ...good, "content-type": "application/json" };

function allow(origins: string | undefined): void {
  (env as { ALLOWED_ORIGINS?: string | undefined }).ALLOWED_ORIGINS = origins;
}
afterEach(() => allow(undefined));

const ask = (origin: string, headers: Record<string, string> = good, method = "GET", path = room.url("messages")) =>
  worker.fetch(path, { method, headers: { origin, ...headers } });
const upgrade = async (origin: string) => {
  const answer = await ask(
    origin,
    { ...good, upgrade: "websocket", "sec-websocket-protocol": "edgewire.v1" },
    "GET",
    room.url("connect"),
  );
  answer.webSocket?.accept();
  return answer;
};
const isAllowed = async (origin: string) => {
  const seen = [await ask(origin), await ask(origin, {}), await ask(origin, {}, "OPTIONS")];
  const named = seen.map(({ headers }) => headers.get("access-control-allow-origin"));
  const connected = (await upgrade(origin)).status;
  // All ways of asking agree, or nobody knows what is allowed.
  expect(new Set(named).size).toBe(1);
  expect(connected).toBe(named[0] === null ? 403 : 101);
  if (named[0] !== null) expect(named[0]).toBe(origin);
  return named[0] !== null;
};

const lookAlikes = [
  "https://app.example.com.evil.example",
  "https://evil-app.example.com",
  "https://evil.app.example.com",
  "https://app.example.comevil",
  "https://app.example.co",
  "https://app-example.com",
  "https://appXexample.com",
  "https://app.example.com:443",
  "https://app.example.com:8443",
  "http://app.example.com",
  "wss://app.example.com",
  "HTTPS://APP.EXAMPLE.COM",
  "https://App.example.com",
  "https://app.example.com/",
  "https://app.example.com/path",
  "https://app.example.com#",
  "https://app.example.com@evil.example",
  "https://user@app.example.com",
  "https://evil.example/https://app.example.com",
  "https://app.example.com, https://evil.example",
  "https://app.example.com https://evil.example",
  "https://xn--pp-example.com",
  "app.example.com",
  "null",
  "NULL",
  "undefined",
  "*",
  "https://*",
  "https://edge.test.evil.example",
  "http://edge.test",
  "https://edge.test:8443",
  "file://",
  "https://",
];

describe("exact origins", () => {
  test.each(lookAlikes)("ORIGIN-1: %j is not the one it looks like", async (origin) => {
    allow(`${page},https://other.example.com`);
    expect(await isAllowed(origin)).toBe(false);
  });

  test("ORIGIN-1: each of the list is allowed, whatever the spaces, and its own always", async () => {
    for (const list of [`${page},https://b.example`, ` ${page} , https://b.example ,`, `https://b.example,${page}`]) {
      allow(list);
      for (const origin of [page, "https://b.example", own]) expect(await isAllowed(origin)).toBe(true);
    }
  });

  test.each([undefined, "", " ", ","])("ORIGIN-1: with the list %j its own is the only one", async (list) => {
    allow(list);
    expect(await isAllowed(own)).toBe(true);
    for (const origin of [page, "null", "*", "http://edge.test"]) expect(await isAllowed(origin)).toBe(false);
  });

  test("ORIGIN-1: a * alone is every origin, and among others it is none", async () => {
    allow("*");
    for (const origin of [page, "https://evil.example", "null", own]) expect(await isAllowed(origin)).toBe(true);
    for (const list of [`*,${page}`, `${page},*`, "*,*", `${page}, *`]) {
      allow(list);
      expect(await isAllowed("https://evil.example")).toBe(false);
      expect(await isAllowed(own)).toBe(true);
    }
  });

  test.each(["https://*.example.com", "*.example.com", "https://app.example.*", "https://app.example.com/*", "/.*/"])(
    "ORIGIN-1: the entry %s is no pattern",
    async (entry) => {
      allow(entry);
      expect(await isAllowed(page)).toBe(false);
    },
  );
});

describe("answers", () => {
  test.each<[number, string, string, RequestInit]>([
    [200, "GET", room.url("messages"), { headers: good }],
    [400, "GET", room.url("messages", { limit: 0 }), { headers: good }],
    [400, "GET", "https://edge.test/v1/rooms/a%20b/messages", { headers: good }],
    [401, "GET", room.url("messages"), {}],
    [401, "DELETE", room.url(""), {}],
    [404, "GET", "https://edge.test/v1/nothing", { headers: good }],
    [405, "PATCH", room.url("messages"), { headers: good }],
    [415, "POST", room.url("messages"), { headers: good, body: "x" }],
    [426, "GET", room.url("connect"), { headers: good }],
    [200, "GET", room.url("events", { user: "ann" }), { headers: good }],
    [200, "GET", room.url("poll", { user: "ann" }), { headers: good }],
    [401, "GET", room.url("events", { ticket: "x.y.z" }), {}],
    [201, "POST", "https://edge.test/v1/tickets", { headers: json, body: '{"channel":"room:lobby"}' }],
    [200, "GET", "https://edge.test/v1/health", {}],
    [201, "POST", "https://edge.test/v1/guests", {}],
    [204, "DELETE", room.url("messages"), { headers: good }],
  ])(
    "ORIGIN-2 HTTP-1: %i to %s %s can be read by the page, without credentials",
    async (status, method, path, init) => {
      allow(page);
      const headers = { ...(init.headers as Record<string, string>), origin: page };
      const answer = await worker.fetch(path, { ...init, method, headers });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("access-control-allow-origin")).toBe(page);
      expect(answer.headers.get("access-control-expose-headers")).toBe("retry-after");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      expect(answer.headers.get("vary")).toMatch(/\bOrigin\b/i);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      await answer.body?.cancel();
    },
  );

  test.each(["messages", "signals", "presence", "connections", "connect", "events", "poll", ""])(
    "ORIGIN-2: a preflight of …/%s is 204 and allows these headers alone",
    async (endpoint) => {
      allow(page);
      const asked = {
        "access-control-request-method": "PUT",
        "access-control-request-headers": "x-evil,authorization",
      };
      const { status, headers, body } = await ask(page, asked, "OPTIONS", room.url(endpoint));
      expect([status, body]).toEqual([204, null]);
      expect(headers.get("access-control-allow-headers")).toBe("authorization, content-type, last-event-id");
      expect(headers.get("access-control-expose-headers")).toBe("retry-after");
      for (const method of ["GET", "POST", "PUT", "DELETE"])
        expect(headers.get("access-control-allow-methods")?.split(", ")).toContain(method);
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    },
  );

  test("HTTP-1: every answer is not to be stored or sniffed, one to a preflight too", async () => {
    const { headers } = await ask(page, {}, "OPTIONS");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("ORIGIN-1: a foreign upgrade is a plain 403, whoever asks, with or without subprotocols", async () => {
    allow(page);
    for (const token of ["", `, edgewire.token.${env.API_KEY}`, ", edgewire.token.x.y.z"]) {
      const headers = { upgrade: "websocket", "sec-websocket-protocol": `edgewire.v1${token}` };
      const answer = await ask("https://evil.example", headers, "GET", room.url("connect"));
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({
        status: 403,
        body: { code: "forbidden" },
      });
    }
  });
});
