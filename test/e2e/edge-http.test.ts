import { afterAll, describe, expect, it } from "vitest";
import { call } from "../support/http.ts";
import { expectProblem, type Refusal } from "../support/problem.ts";
import { type RawRequest, rawCall } from "../support/raw-http.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("edge");
const secrets = [apiKey, authSecret];
const bearer = `Authorization: Bearer ${apiKey}`;

const raw = (request: RawRequest) =>
  rawCall(service.origin(), { ...request, headers: [bearer, ...(request.headers ?? [])] });
afterAll(() => service.canary(room));

describe("health", () => {
  it("AUTH-8 answers without credentials, and only that", async () => {
    const answer = await call("GET", `${service.origin()}/v1/health`);
    expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
  });
});

describe("routes", () => {
  it.each<[string, string, string[]]>([
    ["PATCH", "messages", ["GET", "HEAD", "POST"]],
    ["PUT", "messages", ["GET", "HEAD", "POST"]],
    ["GET", "signals", ["POST"]],
    ["DELETE", "signals", ["POST"]],
    ["POST", "presence", ["GET", "HEAD"]],
    ["POST", "connect", ["GET"]],
    ["HEAD", "connect", ["GET"]],
    ["POST", "events", ["GET"]],
    ["HEAD", "events", ["GET"]],
    ["POST", "poll", ["GET"]],
    ["HEAD", "poll", ["GET"]],
    ["PROPFIND", "messages", ["GET", "POST"]],
  ])("HTTP-2 answers %s …/%s with 405 and Allow", async (method, endpoint, allowed) => {
    const answer = await raw({ method, path: `/v1/rooms/${room}/${endpoint}` });
    expect(answer.headers.get("allow")?.split(/, */)).toEqual(expect.arrayContaining(allowed));
    expect(answer.headers.get("allow")).not.toContain(method);
    if (method === "HEAD") expect(answer.status).toBe(405);
    else expectProblem(answer, { status: 405, code: "method_not_allowed" }, secrets);
  });

  it("HTTP-2 answers POST /v1/health with 405 and Allow", async () => {
    const answer = await call("POST", `${service.origin()}/v1/health`, { body: {} });
    expect(answer.headers.get("allow")).toContain("GET");
    expectProblem(answer, { status: 405, code: "method_not_allowed" });
  });

  it.each(["GET", "HEAD", "PUT"])("HTTP-2 answers %s /v1/tickets with 405 and Allow", async (method) => {
    const answer = await raw({ method, path: "/v1/tickets" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("CONNECT-1 answers connect without Upgrade with 426", async () => {
    const answer = await service.room("GET", room, "connect");
    expectProblem(answer, { status: 426, code: "upgrade_required" });
  });

  it.each(["messages", "presence"])("HTTP-2 answers HEAD …/%s as GET", async (endpoint) => {
    const answer = await service.room("HEAD", room, endpoint);
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });
});

describe("every answer", () => {
  it.each<[number, string, string, unknown]>([
    [200, "GET", "messages", undefined],
    [201, "POST", "messages", { data: 1 }],
    [202, "POST", "signals", { event: "e", data: 1 }],
    [200, "GET", "presence", undefined],
    [200, "GET", "poll", undefined],
    [400, "GET", "poll?timeout=61", undefined],
    [400, "GET", "events?after=5", undefined],
    [400, "POST", "messages", {}],
  ])("HTTP-1 is not to be stored or sniffed: %i to %s …/%s", async (status, method, endpoint, body) => {
    const answer = await service.room(method, room, endpoint, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("of several faults", () => {
  it.each<[string, string, string | undefined, Refusal]>([
    ["the id before the token", "a%20b/messages", "x.y.z", { status: 400, code: "bad_id" }],
    ["the token before the query", `${room}/messages?limit=x`, "x.y.z", { status: 401, code: "unauthenticated" }],
    [
      "the right before the query",
      `${room}/messages?limit=x`,
      tokenFor("alice", {}),
      { status: 403, code: "forbidden" },
    ],
    [
      "the right before the cursor",
      `${room}/messages?after=x`,
      tokenFor("alice", {}),
      { status: 403, code: "forbidden" },
    ],
  ])("HTTP-6 %s counts", async (_which, end, token, refusal) => {
    expectProblem(await call("GET", `${service.origin()}/v1/rooms/${end}`, { token }), refusal);
  });

  it("HTTP-6 the right before the body counts", async () => {
    const answer = await service.room("POST", room, "messages", { token: tokenFor("alice", {}), body: "{" });
    expectProblem(answer, { status: 403, code: "forbidden" });
  });
});

describe("headers that look internal", () => {
  it("AUTH-1 change nothing about who is asking", async () => {
    const forged = {
      "x-user": "mallory",
      "x-edgewire-user": "mallory",
      "cf-connecting-ip": "10.0.0.1",
      "x-edgewire-identity": "{}",
    };
    const answer = await service.room<{ seq: number }>("POST", room, "messages", {
      as: "alice",
      body: { data: 1 },
      headers: forged,
    });
    expect(answer.status).toBe(201);
    const query = { after: undefined, limit: 1 };
    const { body } = await service.room<{ messages: { user: string }[] }>("GET", room, "messages", { query });
    expect(body.messages[0]?.user).toBe("alice");
  });
});
