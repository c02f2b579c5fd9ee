import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { env } from "./support/service.ts";

/** The tests follow each other in time: an isolate has one set of keys. */
const START = Date.parse("2026-11-22T12:00:00Z");
const pairs = await Promise.all([1, 2].map(() => generateKeyPair("ES256", { extractable: true })));
const jwks = await Promise.all(
  pairs.map(async ({ publicKey }, n) => ({ ...(await exportJWK(publicKey)), kid: `k${n}` })),
);

let isUp = true;
let shown: object[] = [];
let requests = 0;

// Before the first request: the settings are read once, and an isolate has one set of keys for an address.
(env as { AUTH_JWKS_URL?: string }).AUTH_JWKS_URL = "https://keys.test/jwks.json";

beforeEach(() => {
  setClock(START);
  isUp = true;
  shown = jwks.slice(0, 1);
  requests = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    requests++;
    return isUp ? Response.json({ keys: shown }) : new Response("", { status: 500 });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  useRealClock();
});

function token(key = 0, kid = `k${key}`): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: "alice", iat: now, exp: now + 3600, capabilities: { "*": ["*"] } };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid })
    .sign((pairs[key] as (typeof pairs)[0]).privateKey);
}

test("AUTH-10 HTTP-1: without keys a token is 503, and Retry-After says truly when they are asked for again", async () => {
  const room = new Room("keys");
  isUp = false;
  const refused = await room.call("GET", "messages", { token: await token() });
  expect(refused).toMatchObject({ status: 503, body: { code: "overloaded", retryable: true } });
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(0);
  isUp = true;
  setClock(START + wait * 1000);
  expect(await room.call("GET", "messages", { token: await token() })).toMatchObject({ status: 200 });
});

test("AUTH-10: with keys, a server that is down changes nothing", async () => {
  const room = new Room("keys");
  setClock(START + 60_000);
  expect(await room.call("GET", "messages", { token: await token() })).toMatchObject({ status: 200 });
  isUp = false;
  for (const passed of [11 * 60, 3600, 23 * 3600]) {
    setClock(START + passed * 1000);
    expect(await room.call("GET", "messages", { token: await token() })).toMatchObject({ status: 200 });
  }
  expect(requests).toBeLessThanOrEqual(4);
});

test("AUTH-10: a flood of unknown keys is 401 and asks for the keys once a cooldown, whether their server is well or not", async () => {
  const room = new Room("keys");
  setClock(START + 48 * 3_600_000);
  expect(await room.call("GET", "messages", { token: await token() })).toMatchObject({ status: 200 });
  for (const [cooldown, up] of [true, false, true].entries()) {
    isUp = up;
    requests = 0;
    setClock(START + 48 * 3_600_000 + (cooldown + 1) * 31_000);
    const tokens = await Promise.all(Array.from({ length: 30 }, (_, n) => token(1, `made-up-${n}`)));
    const answers = await Promise.all(tokens.map((each) => room.call("GET", "messages", { token: each })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(requests).toBeLessThanOrEqual(1);
    expect(await room.call("GET", "messages", { token: await token() })).toMatchObject({ status: 200 });
  }
});

test("AUTH-10: a new key is good as soon as the cooldown is over, and the old one until the keys are read again", async () => {
  const room = new Room("keys");
  const began = START + 96 * 3_600_000;
  setClock(began);
  const statusOf = async (key: number) => (await room.call("GET", "messages", { token: await token(key) })).status;
  expect(await statusOf(0)).toBe(200);
  shown = jwks.slice(1);
  setClock(began + 29_000);
  expect([await statusOf(1), await statusOf(0)]).toEqual([401, 200]);
  setClock(began + 30_000);
  expect(await statusOf(1)).toBe(200);
  expect(await statusOf(0)).toBe(401);
  expect(requests).toBe(2);
});
