import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { knock } from "../support/handshake.ts";
import { call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../support/service.ts";

const listed = "https://app.example.com";
const service = useService({
  AUTH_SECRET: authSecret,
  API_KEY: apiKey,
  ALLOWED_ORIGINS: `${listed},http://localhost:5173`,
});
const room = uniqueRoom("origin");

afterAll(() => service.canary(room));

const foreign = [
  "https://evil.example",
  "null",
  "file://",
  "chrome-extension://abc",
  "http://127.0.0.1.evil.example",
  "http://127.0.0.1:1",
  "http://localhost:1",
  "http://app.example.com",
  "https://app.example.com:8443",
  "https://app.example.com.evil.example",
  "https://evil-app.example.com",
  "https://app.example.com/",
  "https://app.example.com,http://localhost:5173",
];
const allowed: [string, () => string][] = [
  ["its own", () => service.origin()],
  ["a listed one", () => listed],
  ["the second of the list", () => "http://localhost:5173"],
];

describe("a WebSocket handshake", () => {
  const url = () => channelUrl(service.origin(), `room:${room}`, "connect");
  const protocols = () => ["edgewire.v1", `edgewire.token.${tokenFor("alice")}`];

  it.each(foreign)("ORIGIN-1 from %s is a plain 403, with or without subprotocols", async (origin) => {
    for (const options of [{ token: apiKey }, { protocols: protocols() }]) {
      const result = await knock(url(), { ...options, headers: { origin } });
      if (result.outcome !== "refused") throw new Error(JSON.stringify(result));
      expectProblem(result.answer, { status: 403, code: "forbidden" });
    }
  });

  it.each(allowed)("ORIGIN-1 from %s is let in", async (_which, origin) => {
    expect((await knock(url(), { protocols: protocols(), headers: { origin: origin() } })).outcome).toBe("welcome");
  });

  it("ORIGIN-1 from no origin, which is no browser, is let in", async () => {
    expect((await knock(url(), { protocols: protocols() })).outcome).toBe("welcome");
  });
});

describe("CORS", () => {
  const url = () => channelUrl(service.origin(), `room:${room}`, "messages");
  const get = (origin: string, token?: string) => call("GET", url(), { token, headers: { origin } });
  const preflight = (origin: string) =>
    call("OPTIONS", url(), {
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });

  it.each(allowed)("ORIGIN-2 allows %s to read, errors too, without credentials", async (_which, origin) => {
    for (const answer of [await get(origin(), apiKey), await get(origin(), "x.y.z")]) {
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin());
      expect(answer.headers.get("vary")?.toLowerCase()).toContain("origin");
      expect(answer.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("retry-after");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it.each(allowed)("ORIGIN-2 answers a preflight of %s with 204", async (_which, origin) => {
    const answer = await preflight(origin());
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin());
    expect(answer.headers.get("access-control-allow-methods")).toContain("POST");
    const headers = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(/, */).toSorted();
    expect(headers).toEqual(["authorization", "content-type", "last-event-id"]);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it.each(foreign)("ORIGIN-1 allows nothing to %s", async (origin) => {
    for (const answer of [await get(origin, apiKey), await preflight(origin)]) {
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});
