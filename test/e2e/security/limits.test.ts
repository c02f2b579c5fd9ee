import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { channelUrl } from "../../support/client.ts";
import { type Knock, knock } from "../../support/handshake.ts";
import { call } from "../../support/http.ts";
import { expectProblem } from "../../support/problem.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../../support/service.ts";

const DENIED = 40;
const service = useService({
  AUTH_SECRET: authSecret,
  API_KEY: apiKey,
  ALLOWED_ORIGINS: "https://app.example.com",
  CONNECTIONS: "4",
  CONNECTIONS_PER_USER: "2",
  DENIED_PER_MINUTE: String(DENIED),
  SIGNAL_RATE: "5",
});
const room = uniqueRoom("limits");
const page = { origin: "https://app.example.com" };

afterAll(() => service.canary(uniqueRoom("limits")));

const knockAt = (id: string, user: string, protocols: string[] = []) =>
  knock(channelUrl(service.origin(), `room:${id}`, "connect", { user }), { token: apiKey, protocols });

function expectRefused(result: Knock, status: number, code: string): void {
  if (result.outcome !== "refused") throw new Error(`not refused, but ${JSON.stringify(result)}`);
  expectProblem(result.answer, { status, code });
  expect(Number(result.answer.headers.get("retry-after"))).toBeGreaterThan(0);
}

it("CONNECT-5 a user's connection too many is 429, a channel's 503, to a browser 4429 and 4503, until one goes", async () => {
  const bobs = [await service.joinAs("bob", room), await service.joinAs("bob", room)];
  expectRefused(await knockAt(room, "bob"), 429, "rate_limited");
  const browser = ["edgewire.v1"];
  expect(await knockAt(room, "bob", browser)).toMatchObject({ closed: { code: 4429, reason: "rate_limited" } });
  await service.joinAs("ann", room);
  await service.joinAs("cat", room);
  expectRefused(await knockAt(room, "dan"), 503, "overloaded");
  expect(await knockAt(room, "dan", browser)).toMatchObject({ closed: { code: 4503, reason: "overloaded" } });
  expect((await knockAt(uniqueRoom("limits"), "dan")).outcome).toBe("welcome");
  await bobs[0]?.request({ type: "leave" });
  await bobs[0]?.closed;
  await service.joinAs("dan", room);
  expectRefused(await knockAt(room, "bob"), 503, "overloaded");
});

it("PUBLISH-3 SIGNAL-3 after exactly the retryAfter of an error the next is taken, on a connection", async () => {
  const client = await service.join("alice", uniqueRoom("rates"));
  for (const frame of [
    { type: "publish", data: 1 },
    { type: "signal", event: "e", data: 1 },
  ]) {
    const burst = frame.type === "publish" ? 130 : 10;
    const answers = await Promise.all(Array.from({ length: burst }, () => client.request(frame)));
    const refused = answers.filter(({ type }) => type === "error");
    expect(refused.length).toBeGreaterThan(0);
    // They all wait for the same one.
    const wait = Math.max(...refused.map(({ retryAfter }) => retryAfter as number));
    for (const error of refused) expect(error).toMatchObject({ code: "rate_limited", retryAfter: expect.any(Number) });
    await pause(wait);
    expect(await client.request(frame)).toMatchObject({ type: "ack" });
  }
});

it("PUBLISH-3 after exactly the Retry-After the array is taken, over HTTP", async () => {
  const id = uniqueRoom("rates");
  const post = (count: number) =>
    service.room("POST", id, "messages", { as: "alice", body: Array(count).fill({ data: 1 }) });
  expect((await post(100)).status).toBe(201);
  const refused = await post(60);
  expectProblem(refused, { status: 429, code: "rate_limited" });
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(2);
  await pause(seconds * 1000);
  expect((await post(60)).status).toBe(201);
});

it("DENIED-1 who is denied too often gets 429; after exactly the Retry-After it is heard again; others always are", async () => {
  const url = channelUrl(service.origin(), `room:${room}`, "messages");
  const denied = { ...page, "cf-connecting-ip": "192.0.2.1" };
  const ask = (token: string, headers: Record<string, string> = denied) => call("GET", url, { token, headers });
  const answers = await Promise.all(Array.from({ length: DENIED }, () => ask("x.y.z")));
  expect(answers.map(({ status }) => status)).toEqual(Array(DENIED).fill(401));
  let refused = await ask("x.y.z");
  while (refused.status === 401) refused = await ask("x.y.z");
  expectProblem(refused, { status: 429, code: "rate_limited" });
  expect(refused.headers.get("access-control-allow-origin")).toBe(page.origin);
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60 / DENIED + 1);
  expect((await ask(tokenFor("alice"))).status).toBe(429);
  expect((await ask(tokenFor("alice"), { "cf-connecting-ip": "192.0.2.2" })).status).toBe(200);
  await pause(seconds * 1000);
  expect((await ask(tokenFor("alice"))).status).toBe(200);
});
