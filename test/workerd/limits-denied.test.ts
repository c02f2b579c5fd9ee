import { afterEach, beforeEach, expect, test } from "vitest";
import { setClock, standStill, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, useSettings, worker } from "./support/service.ts";

const LIMIT = 6;
useSettings({ DENIED_PER_MINUTE: LIMIT });
const page = "https://app.example.com";
(env as { ALLOWED_ORIGINS?: string }).ALLOWED_ORIGINS = page;

let now = 0;
let address = "";
let addresses = 0;

beforeEach(() => {
  now = standStill();
  address = `192.0.2.${++addresses}`;
});
afterEach(useRealClock);

function pass(seconds: number): void {
  now += seconds * 1000;
  setClock(now);
}

const room = new Room("denied");
const from = (headers: Record<string, string> = {}, path = room.url("messages"), method = "GET") =>
  worker.fetch(path, { method, headers: { "cf-connecting-ip": address, authorization: "Bearer x.y.z", ...headers } });
const good = () => ({ authorization: `Bearer ${env.API_KEY}` });

async function statusesOf(count: number, ask: () => Promise<Response> = from): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) {
    const answer = await ask();
    await answer.body?.cancel();
    answer.webSocket?.accept();
    statuses.push(answer.status);
  }
  return statuses;
}
/** Denied as often as it may be. */
const block = () => statusesOf(LIMIT);

test("DENIED-1: the address that is denied too often gets 429, until exactly Retry-After is over", async () => {
  expect(await statusesOf(LIMIT + 1)).toEqual([...Array(LIMIT).fill(401), 429]);
  const refused = await from();
  expect(await refused.json()).toMatchObject({ status: 429, code: "rate_limited", retryable: true });
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBe(60 / LIMIT);
  pass(seconds - 1);
  expect(await statusesOf(1)).toEqual([429]);
  pass(1);
  expect(await statusesOf(2)).toEqual([401, 429]);
  pass(60);
  expect(await statusesOf(1, () => from(good()))).toEqual([200]);
});

test("DENIED-1: 403 counts as 401 does, on every route and for every kind of denial", async () => {
  const nobody = { authorization: `Bearer ${await tokenFor("nobody", { capabilities: {} })}` };
  const foreign = { ...good(), upgrade: "websocket", origin: "https://evil.example" };
  const browser = { upgrade: "websocket", "sec-websocket-protocol": "edgewire.v1, edgewire.token.x" };
  const denials: [number, () => Promise<Response>][] = [
    [403, () => from(nobody)],
    [403, () => from(nobody, room.url("connections"), "DELETE")],
    [403, () => from(foreign, room.url("connect"))],
    [101, () => from(browser, room.url("connect"))],
    [401, () => from({}, "https://edge.test/v1/messages", "POST")],
    [401, () => from({ authorization: "Basic x" })],
  ];
  for (const [status, ask] of denials) expect(await statusesOf(1, ask)).toEqual([status]);
  expect(await statusesOf(1)).toEqual([429]);
});

test("DENIED-1: what is wrong for another reason does not count, nor does what is right", async () => {
  const ask = (end: string, method = "GET") => from(good(), `https://edge.test${end}`, method);
  for (let n = 0; n < 2 * LIMIT; n++) {
    await statusesOf(1, () => ask(`/v1/rooms/${room.id}/messages`));
    await statusesOf(1, () => ask(`/v1/rooms/${room.id}/messages?limit=0`));
    await statusesOf(1, () => ask("/v1/rooms/a%20b/messages"));
    await statusesOf(1, () => ask("/v1/nothing"));
    await statusesOf(1, () => ask("/v1/health", "PUT"));
    await statusesOf(1, () => ask(`/v1/rooms/${room.id}/connect`));
  }
  expect(await statusesOf(1)).toEqual([401]);
});

test("DENIED-1: other addresses go on, and so do health and preflights of this one", async () => {
  await block();
  expect(await statusesOf(1)).toEqual([429]);
  expect(await statusesOf(1, () => from({}, "https://edge.test/v1/health"))).toEqual([200]);
  expect(await statusesOf(1, () => from({ origin: page }, room.url("messages"), "OPTIONS"))).toEqual([204]);
  address = "2001:db8::1";
  expect(await statusesOf(1, () => from(good()))).toEqual([200]);
});

test("DENIED-1: a request while it waits does not make it wait longer", async () => {
  await block();
  for (let n = 0; n < 9; n++, pass(1)) expect(await statusesOf(5)).toEqual(Array(5).fill(429));
  pass(1);
  expect(await statusesOf(1)).toEqual([401]);
});

test("DENIED-1 HTTP-1 ORIGIN-2: its 429 is an answer like any other, which a page may read", async () => {
  await block();
  const { status, headers } = await from({ origin: page });
  expect(status).toBe(429);
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("access-control-allow-origin")).toBe(page);
  expect(headers.get("access-control-expose-headers")).toContain("retry-after");
});

test("DENIED-1 CONNECT-2: a browser's handshake is let in and closed 4429", async () => {
  await block();
  const answer = await from({ upgrade: "websocket", "sec-websocket-protocol": "edgewire.v1" }, room.url("connect"));
  expect(answer.status).toBe(101);
  const closed = new Promise<CloseEvent>((resolve) => answer.webSocket?.addEventListener("close", resolve));
  answer.webSocket?.accept();
  expect(await closed).toMatchObject({ code: 4429, reason: "rate_limited" });
});
