import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { env, worker } from "./support/service.ts";

// Before the first request: the settings are read once.
Object.assign(env, { DEMO: "on", DEMO_PLUG: "http://127.0.0.1:9999/plug#secret" });

const ORIGIN = "http://127.0.0.1:8787";
const session = "abcdefghijklmnop";
const visitor = { session, person: 1, name: "Mira" };

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return worker.fetch(`${ORIGIN}${path}`, init);
}

function post(path: string, body: unknown, token?: string): Promise<Response> {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function tokenOf(more: object = {}): Promise<string> {
  const response = await post("/demo/tokens", { ...visitor, ...more });
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

describe("the demo, where it is on", () => {
  it("has a page that runs nothing but its own script", async () => {
    const response = await ask("/");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).toContain('src="/demo/main.js"');
  });

  it("has nothing else there, and takes nothing but a look", async () => {
    expect((await ask("/demo/")).status).toBe(404);
    expect((await ask("/demo/nothing.js")).status).toBe(404);
    expect((await ask("/", { method: "POST" })).status).toBe(405);
    expect((await ask("/demo/config", { method: "DELETE" })).status).toBe(405);
  });

  it("tells only the same machine how to pull the plug", async () => {
    const plug = { url: "http://127.0.0.1:9999/plug", token: "secret" };
    expect(await (await ask("/demo/config")).json()).toEqual({ plug });
    const far = await worker.fetch("http://192.0.2.7:8787/demo/config");
    expect(await far.json()).toEqual({ plug: null });
    const page = await worker.fetch("http://192.0.2.7:8787/");
    expect(page.headers.get("content-security-policy")).not.toContain("9999");
  });

  it("gives visitors tokens that are short, and good for their own session only", async () => {
    const token = await tokenOf();
    const { sub, iat = 0, exp = 0, capabilities, info } = decodeJwt(token);
    expect([sub, exp - iat, info]).toEqual([`demo-${session}-1`, 900, { name: "Mira" }]);
    const rooms = ["subscribe", "history", "publish", "signal", "presence"];
    expect(capabilities).toEqual({ [`room:demo-${session}*`]: rooms, [`user:demo-${session}-*`]: ["publish"] });

    const own = await post(`/v1/rooms/demo-${session}/messages`, { data: 1 }, token);
    const tab = await post(`/v1/rooms/demo-${session}-ticker/messages`, { data: 1 }, token);
    const other = await post("/v1/users/demo-abcdefghijklmnop-2/messages", { data: 1 }, token);
    expect([own.status, tab.status, other.status]).toEqual([201, 201, 201]);
    for (const foreign of ["rooms/lobby", "rooms/demo-ponmlkjihgfedcba", "users/alice"])
      expect((await post(`/v1/${foreign}/messages`, { data: 1 }, token)).status, foreign).toBe(403);
    const erased = await ask(`/v1/rooms/demo-${session}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(erased.status).toBe(403);
  });

  it.each([
    ["a session that is none", { session: "alice" }],
    ["a session with another's end", { session: `${session}-2` }],
    ["a person that is none", { person: 0 }],
    ["a person that is no number", { person: "1" }],
    ["no name", { name: "" }],
    ["a name that is no text", { name: { toString: "x" } }],
    ["a name without an end", { name: "x".repeat(61) }],
    ["a token for a day", { seconds: 86_400 }],
    ["a token for no time", { seconds: 0 }],
    ["a token for half a second", { seconds: 2.5 }],
  ])("refuses %s", async (_what, more) => {
    const response = await post("/demo/tokens", { ...visitor, ...more });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  it("says what a room's object has done, to who may read the room", async () => {
    const token = await tokenOf({ session: "usageusageusage0" });
    const room = "demo-usageusageusage0";
    const usage = async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await (await ask(`/demo/usage?room=${room}`, { headers })).json()) as Record<string, number>;
    };
    const before = await usage();
    expect(before).toMatchObject({ commits: 0, rowsWritten: 0, framesIn: 0, framesOut: 0 });
    const messages = Array.from({ length: 10 }, (_, n) => ({ data: n }));
    await post(`/v1/rooms/${room}/messages`, messages, token);
    const after = await usage();
    expect(after.life).toBe(before.life);
    // One row for all ten; the first write also makes the log.
    expect(after.rowsWritten).toBeGreaterThan(0);
    expect(after.commits).toBeLessThan(10);
    expect(after.requests).toBe((before.requests ?? 0) + 2);

    expect((await ask(`/demo/usage?room=${room}`)).status).toBe(401);
    expect((await ask("/demo/usage?room=lobby", { headers: { authorization: `Bearer ${token}` } })).status).toBe(400);
    const others = await ask(`/demo/usage?room=demo-${session}`, { headers: { authorization: `Bearer ${token}` } });
    expect(others.status).toBe(403);
  });
});
