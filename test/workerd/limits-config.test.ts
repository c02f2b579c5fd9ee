import { listDurableObjectIds } from "cloudflare:test";
import { expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { env, tokenFor, worker } from "./support/service.ts";

// Before the first request: the settings are read once.
Object.assign(env, {
  CHANNEL_RULES: JSON.stringify([{ match: "room:*", anonymous: ["subscribe"] }, { match: "lobby" }]),
  FRAME_BYTES: "12",
});

const routes = app.routes
  .filter(({ method, path }) => method !== "ALL" && path !== "/v1/health")
  .map(({ method, path }) => [method, path.replace(":id", "lobby")] as const);

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  worker.fetch(`https://edge.test${path}`, { method, headers, redirect: "manual" });

test.each(routes)(
  "CONFIG-1 AUTH-8: %s %s is 503 and says what is wrong and where, whoever asks",
  async (method, path) => {
    const before = await listDurableObjectIds(env.ROOMS);
    const credentials = [undefined, "Bearer x.y.z", `Bearer ${await tokenFor("bob")}`, `Bearer ${env.API_KEY}`];
    for (const authorization of credentials) {
      const upgrade = path.endsWith("/connect") ? { upgrade: "websocket" } : {};
      const answer = await ask(method, path, { ...upgrade, ...(authorization && { authorization }) });
      const problem = (await answer.json()) as { detail: string };
      expect({ status: answer.status, problem }).toMatchObject({
        status: 503,
        problem: { status: 503, code: "not_configured", retryable: false },
      });
      expect(problem.detail).toMatch(/FRAME_BYTES must be .*CHANNEL_RULES, entry 2: "match" must be /);
      for (const secret of [env.API_KEY, env.AUTH_SECRET]) expect(problem.detail).not.toContain(secret);
      // Nothing that comes by itself: somebody has to set it right.
      expect(answer.headers.get("retry-after")).toBeNull();
    }
    expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
  },
);

test("CONFIG-1 AUTH-8: health is 200, and what is no route of ours is 404 or 503", async () => {
  const health = await ask("GET", "/v1/health");
  expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  expect((await ask("GET", "/v1/nothing")).status).toBe(503);
  expect((await ask("GET", "/nothing")).status).toBe(404);
});

test("CONFIG-1 CONNECT-2: a browser's handshake is let in and closed 4503", async () => {
  const headers = { upgrade: "websocket", "sec-websocket-protocol": "edgewire.v1" };
  const { webSocket } = await ask("GET", "/v1/rooms/lobby/connect", headers);
  const closed = new Promise<CloseEvent>((resolve) => webSocket?.addEventListener("close", resolve));
  webSocket?.accept();
  expect(await closed).toMatchObject({ code: 4503, reason: "not_configured" });
});
