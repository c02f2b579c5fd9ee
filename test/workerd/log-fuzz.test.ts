import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bearerOf } from "../../src/http/authenticate.ts";
import { isAllowedOrigin } from "../../src/http/origins.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";

Object.assign(env, { LOG_LEVEL: "debug", DENIED_PER_MINUTE: "0" });

/** The same cases at every run. */
const holds = { seed: 20_261_122, numRuns: 300 };
/** Stands in whatever a client says but an id: then it may not be in a line. */
const CANARY = "canary-4f1c9a";
const odd = fc.constantFrom(
  "\r\n",
  "\n{",
  "\r",
  "\u2028",
  '"',
  "\\",
  "\u001b[31m",
  "\u0000",
  "%0d%0a",
  "é",
  "😀",
  "\ud800",
  "",
);
const said = fc.tuple(odd, odd).map(([before, after]) => before + CANARY + after);

let written: string[] = [];
beforeEach(() => {
  written = [];
  for (const level of ["log", "warn", "error", "info", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...parts) => void written.push(parts.map(String).join(" ")));
});
afterEach(() => vi.restoreAllMocks());

/** What a header can carry of a text. */
const inHeader = (text: string) => [...text].filter((letter) => letter >= " " && letter <= "~").join("");

/** Everywhere that something can be said, but the id of the channel. */
const requests = fc.record({
  endpoint: fc.constantFrom("messages", "signals", "presence", "poll", "events", "connect", "nothing", "connections"),
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH"),
  query: fc.dictionary(fc.constantFrom("after", "limit", "user", "ticket", "data", "connection", "token"), said, {
    maxKeys: 3,
  }),
  headers: fc.dictionary(
    fc.constantFrom(
      "authorization",
      "content-type",
      "idempotency-key",
      "last-event-id",
      "origin",
      "cookie",
      "sec-websocket-protocol",
    ),
    fc
      .tuple(fc.constantFrom("", "Bearer ", "Basic ", "application/json;x=", "edgewire.v1, edgewire.token."), said)
      .map(([before, text]) => before + inHeader(text)),
    { maxKeys: 4 },
  ),
  isServer: fc.boolean(),
  isJson: fc.boolean(),
  body: fc.oneof(
    said,
    fc
      .dictionary(fc.constantFrom("id", "event", "data", "user", "key", "channels"), said)
      .map((fields) => JSON.stringify(fields)),
  ),
});

function expectLines(secrets: readonly string[]): void {
  for (const line of written) {
    expect([...line].filter((letter) => letter < " ")).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) });
    for (const secret of secrets) expect(line).not.toContain(secret);
    expect(line).not.toMatch(/eyJ|Bearer|\bat .*:\d+:\d+/);
  }
}

test("LOG-1 S6 whatever a request says, its line says none of it, and is one line; nor does the answer", async () => {
  const room = new Room("log-fuzz");
  let lines = 0;
  await fc.assert(
    fc.asyncProperty(requests, async ({ endpoint, method, query, headers, isServer, isJson, body }) => {
      written = [];
      const all = new Headers(headers);
      if (isServer) all.set("authorization", `Bearer ${env.API_KEY}`);
      if (isJson) all.set("content-type", "application/json");
      if (endpoint === "connect") all.set("upgrade", "websocket");
      const url = `${room.url(endpoint)}${new URLSearchParams({ timeout: "0", ...query })}`;
      const answer = await worker.fetch(url, { method, headers: all, ...(method === "GET" ? {} : { body }) });
      let closed = "";
      answer.webSocket?.addEventListener("close", ({ reason }) => {
        closed = reason;
      });
      answer.webSocket?.accept();
      answer.webSocket?.close(1000);
      const text = answer.headers.get("content-type") === "text/event-stream" ? "" : await answer.text();
      if (text === "") await answer.body?.cancel();
      if (answer.status >= 400)
        for (const secret of [CANARY, env.API_KEY, env.AUTH_SECRET]) expect(text).not.toContain(secret);
      expect(closed).not.toContain(CANARY);
      expect(answer.status).toBeLessThan(500);
      lines += written.length;
      expectLines([CANARY, env.API_KEY, env.AUTH_SECRET]);
    }),
    holds,
  );
  expect(lines).toBeGreaterThan(100);
});

test("LOG-1 S6 whatever stands in the path, its line is one line, with what cannot be shown escaped", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(odd, said), { maxLength: 4 }), async (parts) => {
      written = [];
      const path = encodeURIComponent(parts.join("").toWellFormed());
      await worker.fetch(`https://edge.test/v1/rooms/${path}x/messages`, {
        headers: { authorization: "Bearer x.y.z" },
      });
      expect(written).toHaveLength(1);
      expectLines([]);
    }),
    holds,
  );
});

test("LOG-1 S6 whatever frames say, the end of their connection says none of it", async () => {
  const frames = fc.oneof(
    said,
    fc
      .dictionary(
        fc.constantFrom("type", "ref", "id", "event", "data", "token", "user"),
        fc.oneof(said, fc.constantFrom("publish", "auth")),
      )
      .map((fields) => JSON.stringify(fields)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { minLength: 20, maxLength: 20 }), async (some) => {
      written = [];
      const room = new Room("log-fuzz");
      const { webSocket } = await worker.fetch(room.url("connect"), {
        headers: { upgrade: "websocket", authorization: `Bearer ${await tokenFor("alice")}` },
      });
      if (webSocket === null) throw new Error("not connected");
      const { promise, resolve } = Promise.withResolvers<string>();
      webSocket.addEventListener("close", ({ reason }) => resolve(reason));
      webSocket.accept();
      for (const text of some) webSocket.send(text);
      for (let n = 0; n < 20; n++) webSocket.send(`{"type":"${CANARY}"}`);
      expect(await promise).toBe("bad_request");
      expect(written.filter((line) => line.includes('"closed"'))).toHaveLength(1);
      expectLines([CANARY, env.API_KEY, env.AUTH_SECRET]);
    }),
    { ...holds, numRuns: 30 },
  );
});

test("AUTH-1 whatever Authorization says, it is nothing, or one word", () => {
  const scheme = fc.constantFrom("Bearer", "bearer", "BEARER", "Basic", "Bearer\t", "", "BearerBearer");
  fc.assert(
    fc.property(scheme, fc.constantFrom(" ", "  ", ", ", ""), fc.string(), (scheme, gap, rest) => {
      const header = scheme + gap + inHeader(rest);
      const token = bearerOf(new Request("http://host/", { headers: { authorization: header } }));
      expect(token).toMatch(/^\S*$/);
      if (token) expect(header.trim().slice(6).trim()).toBe(token);
    }),
    holds,
  );
});

test("ORIGIN-1 whatever an Origin is, it is allowed only if it is one of those letter by letter", () => {
  const listed = ["https://app.example.com", "http://localhost:5173"];
  const near = fc
    .tuple(fc.constantFrom(...listed), fc.nat(25), fc.constantFrom("", ".", "x", "\0", "/", "@", ":"))
    .map(([origin, at, letter]) => origin.slice(0, at) + letter + origin.slice(at));
  fc.assert(
    fc.property(fc.oneof(near, fc.string(), fc.constantFrom("null", "*", "")), (origin) => {
      const is = isAllowedOrigin(origin, "https://own.example/v1", { ...env, ALLOWED_ORIGINS: listed.join(" , ") });
      expect(is).toBe([...listed, "https://own.example"].includes(origin));
    }),
    holds,
  );
});
