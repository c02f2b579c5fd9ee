import { listDurableObjectIds } from "cloudflare:test";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { OPERATIONS, type Operation } from "../../src/protocol/operations.ts";
import { env, tokenFor, worker } from "./support/service.ts";
import { ticketFor } from "./support/ticket.ts";

interface Route {
  readonly method: string;
  readonly path: string;
  /** `open`: asks for no credential. `many`: says of each channel what came of it; `seen`: leaves out what may not be. */
  readonly needs: Operation | "open" | "many" | "seen";
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const upgrade = { upgrade: "websocket" };
const ROUTES: readonly Route[] = [
  { method: "GET", path: "/v1/health", needs: "open" },
  { method: "POST", path: "/v1/guests", needs: "open" },
  { method: "GET", path: "/v1/rooms/:id/connect", needs: "subscribe", headers: upgrade },
  { method: "GET", path: "/v1/rooms/:id/events", needs: "subscribe" },
  { method: "GET", path: "/v1/rooms/:id/poll", needs: "subscribe" },
  { method: "POST", path: "/v1/tickets", needs: "subscribe", body: { channel: "room:ID" } },
  { method: "GET", path: "/v1/rooms/:id/messages", needs: "history" },
  { method: "HEAD", path: "/v1/rooms/:id/messages", needs: "history" },
  { method: "POST", path: "/v1/rooms/:id/messages", needs: "publish", body: { data: 1 } },
  { method: "DELETE", path: "/v1/rooms/:id/messages", needs: "admin" },
  { method: "DELETE", path: "/v1/rooms/:id/connections", needs: "admin" },
  { method: "DELETE", path: "/v1/rooms/:id", needs: "admin" },
  { method: "POST", path: "/v1/rooms/:id/signals", needs: "signal", body: { event: "e", data: 1 } },
  { method: "GET", path: "/v1/rooms/:id/presence", needs: "presence" },
  { method: "HEAD", path: "/v1/rooms/:id/presence", needs: "presence" },
  { method: "PUT", path: "/v1/rooms/:id/presence", needs: "presence", body: { data: 1 } },
  { method: "POST", path: "/v1/messages", needs: "many", body: { channels: ["room:ID"], data: 1 } },
];

/** A user's channel has the same, and some of its own, which its user may do too. */
const USER_ROUTES: readonly Route[] = [
  ...ROUTES.filter(({ path }) => path.startsWith("/v1/rooms/")).map((route) => {
    return { ...route, path: route.path.replace("rooms", "users") };
  }),
  { method: "GET", path: "/v1/users/:id/connections", needs: "admin" },
  { method: "HEAD", path: "/v1/users/:id/connections", needs: "admin" },
  { method: "PUT", path: "/v1/users/:id/read", needs: "admin", body: { cursor: "k3f9x2ab-0" } },
  { method: "POST", path: "/v1/presence", needs: "seen", body: { rooms: ["ID"], users: ["ID"] } },
];
const ALL_ROUTES = [...ROUTES, ...USER_ROUTES];

type Verdict = "unauthenticated" | "forbidden";
/** The header to send (null: none) for a request that needs `operation`, and what is to come of it. */
type Kind = readonly [
  name: string,
  verdict: Verdict,
  header: (operation: Operation) => string | null | Promise<string>,
];

const now = Math.floor(Date.now() / 1000);
const segment = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
const bearer = async (claims: Record<string, unknown>) => `Bearer ${await tokenFor("alice", claims)}`;
const all = { "*": ["*"] };
const unsigned = `${segment({ alg: "none" })}.${segment({ sub: "alice", exp: now + 3600, capabilities: all })}.`;

function forged(): Promise<string> {
  const claims = { sub: "alice", iat: now, exp: now + 3600, capabilities: all };
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("w".repeat(32)));
}

async function guest(): Promise<string> {
  const answer = await worker.fetch("https://edge.test/v1/guests", { method: "POST" });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}

const KINDS: readonly Kind[] = [
  ["none", "unauthenticated", () => null],
  ["malformed header", "unauthenticated", () => `Bearer ${env.API_KEY} ${env.API_KEY}`],
  ["scheme alone", "unauthenticated", () => "Bearer"],
  ["wrong scheme", "unauthenticated", () => `Basic ${btoa(`server:${env.API_KEY}`)}`],
  ["garbage", "unauthenticated", () => "Bearer x.y.z"],
  ["expired", "unauthenticated", () => bearer({ exp: now - 1, iat: now - 60, capabilities: all })],
  ["wrong secret", "unauthenticated", async () => `Bearer ${await forged()}`],
  ["alg none", "unauthenticated", () => `Bearer ${unsigned}`],
  ["iat ahead", "unauthenticated", () => bearer({ iat: now + 600, capabilities: all })],
  ["no exp", "unauthenticated", () => bearer({ exp: undefined, capabilities: all })],
  ["too long", "unauthenticated", () => bearer({ pad: "x".repeat(8192), capabilities: all })],
  ["almost the API key", "unauthenticated", () => `Bearer ${env.API_KEY.slice(0, -1)}`],
  ["a guest's token", "unauthenticated", guest],
  ["a ticket", "unauthenticated", async () => `Bearer ${(await ticketFor({ for: "room:lobby" })).ticket}`],
  ["another channel's", "forbidden", () => bearer({ capabilities: { "room:other": ["*"], "user:other": ["*"] } })],
  [
    "all but the operation",
    "forbidden",
    (needed) => bearer({ capabilities: { "*": Object.keys(OPERATIONS).filter((each) => !grants(each, needed)) } }),
  ],
];

const grants = (name: string, needed: Operation) => name === needed || name === "admin";

interface Answer {
  /** An HTTP status, or a close code. */
  readonly status: number;
  readonly text: string;
  readonly authenticate: string | null;
}

async function ask({ method, path, body, headers = {} }: Route, id: string, header: string | null, browser = false) {
  const all = new Headers(headers);
  if (header !== null && !browser) all.set("authorization", header);
  if (browser)
    all.set("sec-websocket-protocol", `edgewire.v1, edgewire.token.${header?.replace(/^Bearer /, "") ?? ""}`);
  if (body !== undefined) all.set("content-type", "application/json");
  const text = JSON.stringify(body)?.replaceAll("ID", id);
  const answer = await worker.fetch(`https://edge.test${path.replace(":id", id)}`, {
    method,
    headers: all,
    ...(text === undefined ? {} : { body: text }),
  });
  if (answer.webSocket === null)
    return {
      status: answer.status,
      text: await answer.text(),
      authenticate: answer.headers.get("www-authenticate"),
    } satisfies Answer;
  const socket = answer.webSocket;
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  socket.accept();
  const { code, reason } = await closed;
  return { status: code, text: reason, authenticate: null } satisfies Answer;
}

/** What it takes to be served there. */
function neededFor({ needs }: Route): Operation {
  if (needs === "seen") return "presence";
  return needs === "open" || needs === "many" ? "publish" : needs;
}

/** What a route answers to a kind of credential. */
function expected({ method, needs }: Route, name: string, verdict: Verdict): number {
  if (needs === "open") return method === "GET" ? 200 : 201;
  // Each channel speaks for itself, once it is known who asks.
  const isEach = needs === "many" || needs === "seen";
  if (isEach && (verdict === "forbidden" || name === "a guest's token")) return 200;
  return verdict === "forbidden" ? 403 : 401;
}

/** The runtime has no `console.table`. */
function tableOf(matrix: ReadonlyMap<string, readonly number[]>): string {
  const line = (name: string, cells: readonly unknown[]) =>
    name.padEnd(34) + cells.map((cell) => `${cell}`.padStart(4)).join("");
  const legend = KINDS.map(([name], index) => `${index + 1} ${name}`).join(", ");
  const rows = [...matrix].map(([route, statuses]) => line(route, statuses));
  return [
    "every route by every bad credential:",
    legend,
    line(
      "",
      KINDS.map((_, index) => index + 1),
    ),
    ...rows,
  ].join("\n");
}

test("AUTH-4 AUTH-6 GUEST-3 every route refuses every bad credential, and touches no object for it", async () => {
  const objects = async () => [await listDurableObjectIds(env.ROOMS), await listDurableObjectIds(env.USERS)];
  const before = await objects();
  const matrix = new Map<string, number[]>();
  const wrong: string[] = [];
  const bodies = new Set<string>();
  for (const route of ALL_ROUTES) {
    const row: number[] = [];
    for (const [name, verdict, header] of KINDS) {
      const needed = neededFor(route);
      const answer = await ask(route, "lobby", await header(needed));
      row.push(answer.status);
      const should = expected(route, name, verdict);
      if (answer.status !== should)
        wrong.push(`${route.method} ${route.path}, ${name}: ${answer.status}, not ${should}`);
      if (route.needs === "many" && answer.status === 200)
        expect(JSON.parse(answer.text)).toEqual({
          results: { "room:lobby": { code: verdict, detail: expect.any(String) } },
        });
      if (route.needs === "seen" && answer.status === 200)
        expect(JSON.parse(answer.text)).toEqual({ users: {}, rooms: {} });
      if (answer.status !== 401) continue;
      expect(answer.authenticate).toBe("Bearer");
      if (route.method !== "HEAD") bodies.add(answer.text);
    }
    matrix.set(`${route.method} ${route.path}`, row);
  }
  console.log(tableOf(matrix));
  expect(wrong).toEqual([]);
  expect([...bodies]).toHaveLength(1);
  expect(await objects()).toEqual(before);
});

test.each(KINDS.filter(([name]) => !/header|scheme/.test(name)))(
  "CONNECT-2 AUTH-4 a browser's handshake with %s is let in, closed at once and touches no object",
  async (_name, verdict, header) => {
    const before = await listDurableObjectIds(env.ROOMS);
    const connect = ROUTES.find(({ path }) => path.endsWith("/connect")) as Route;
    const answer = await ask(connect, "lobby", await header("subscribe"), true);
    expect(answer).toMatchObject({ status: verdict === "forbidden" ? 4403 : 4401, text: verdict });
    expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
  },
);

test("AUTH-6 the matrix has all routes of the service", () => {
  const served = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  const asked = ALL_ROUTES.filter(({ method }) => method !== "HEAD").map(({ method, path }) => `${method} ${path}`);
  expect(asked.toSorted()).toEqual(served.toSorted());
});
