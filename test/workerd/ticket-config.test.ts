import { expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { env } from "./support/service.ts";
import { requestStream } from "./support/stream.ts";
import { requestTicket } from "./support/ticket.ts";

// Before the first request: the settings are read once.
Object.assign(env, {
  AUTH_SECRET: "",
  API_KEY: "",
  AUTH_JWKS_URL: "https://keys.test/jwks.json",
  CHANNEL_RULES: JSON.stringify([{ match: "room:public-*", anonymous: ["subscribe"] }]),
});

test("TICKET-1 with neither AUTH_SECRET nor API_KEY there are none, and it says what to set", async () => {
  const channel = `room:${new Room("public").id}`;
  const { status, headers, body } = await requestTicket({ for: channel, token: null });
  expect([status, body.code, body.retryable]).toEqual([503, "not_configured", false]);
  expect(body.detail).toMatch(/AUTH_SECRET or API_KEY/);
  expect(headers.get("retry-after")).toBeNull();
});

test("TICKET-1 and who may not read there is told that first", async () => {
  expect(await requestTicket({ for: `room:${new Room("private").id}`, token: null })).toMatchObject({ status: 401 });
});

test("TICKET-2 none is valid then, and that is final", async () => {
  const room = new Room("public");
  const answer = await requestStream(room, { ticket: "x.y.z" });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
});
