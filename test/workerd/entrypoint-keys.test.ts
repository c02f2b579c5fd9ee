import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ServerCalls } from "../../src/server/index.ts";
import { refusalOf } from "./support/refusal.ts";
import { Room } from "./support/room.ts";
import { env } from "./support/service.ts";

const edgewire = (exports as unknown as { EdgewireEntrypoint: ServerCalls }).EdgewireEntrypoint;
const key = env.API_KEY;

// Before the first request: settings are read once.
Object.assign(env, { API_KEY: undefined, AUTH_SECRET: undefined, AUTH_JWKS_URL: "https://keys.test/jwks.json" });

test("a service binding needs no API_KEY in the deployment, and opens nothing to anybody else", async () => {
  const room = new Room("keyless");
  expect(await edgewire.publish(`room:${room.id}`, 1)).toMatchObject({ seq: 1 });
  expect(await edgewire.history(`room:${room.id}`)).toMatchObject({ messages: [{ user: "server", data: 1 }] });
  for (const token of [key, "", "undefined"]) expect((await room.call("GET", "messages", { token })).status).toBe(401);
});

test("a token cannot be signed where others sign them", async () => {
  expect(await refusalOf(edgewire.token("alice"))).toMatchObject({ code: "not_configured" });
});
