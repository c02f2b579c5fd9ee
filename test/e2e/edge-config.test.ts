import { describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { knock } from "../support/handshake.ts";
import { call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { apiKey, authSecret, tokenFor, useService } from "../support/service.ts";
import { claimsOf, sign } from "../support/tokens.ts";

const notConfigured = { status: 503, code: "not_configured" };
const short = "only-16-bytes-xx";

describe.each<[string, Record<string, string>]>([
  ["no secret", {}],
  ["secrets that are too short", { AUTH_SECRET: short, API_KEY: short }],
])("with %s", (_what, vars) => {
  const service = useService(vars);
  const url = (endpoint: string) => channelUrl(service.origin(), "room:lobby", endpoint);

  const at = (end: string) => `${url("")}/${end}`;

  it("AUTH-8 health is 200", async () => {
    const answer = await call("GET", `${service.origin()}/v1/health`);
    expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
  });

  it.each<[string, string]>([
    ["GET", "messages"],
    ["POST", "messages"],
    ["POST", "signals"],
    ["GET", "presence"],
    ["GET", "connect"],
    ["GET", "events"],
    ["GET", "events?ticket=x.y.z"],
    ["GET", "poll"],
    ["POST", "../../tickets"],
  ])("AUTH-8 %s …/%s is 503 and says what to set", async (method, endpoint) => {
    const signed = sign({ claims: claimsOf("alice", { "*": ["*"] }), secret: vars.AUTH_SECRET ?? "" });
    for (const token of [undefined, "x.y.z", signed, tokenFor("alice"), short, apiKey]) {
      const body = method === "POST" ? { data: 1 } : undefined;
      const answer = await call(method, at(endpoint), { token, ...(body && { body }) });
      expectProblem(answer, notConfigured, [short]);
      expect(answer.body.detail).toMatch(/AUTH_SECRET|API_KEY/);
    }
  });

  it("CONNECT-2 a WebSocket is refused, in a way a browser can see", async () => {
    const plain = await knock(url("connect"), { token: apiKey });
    if (plain.outcome !== "refused") throw new Error(JSON.stringify(plain));
    expectProblem(plain.answer, notConfigured);
    const seen = await knock(url("connect"), { protocols: ["edgewire.v1", `edgewire.token.${apiKey}`] });
    expect(seen).toMatchObject({ outcome: "closed", closed: { code: 4503, reason: "not_configured" } });
  });
});

describe("with the API key alone", () => {
  const service = useService({ API_KEY: apiKey });

  it("AUTH-8 the key works, and no token does", async () => {
    expect((await service.publish("lobby", { data: 1 })).status).toBe(201);
    const url = channelUrl(service.origin(), "room:lobby", "messages");
    for (const secret of ["", "undefined", "null", authSecret]) {
      const token = sign({ claims: claimsOf("alice", { "*": ["*"] }), secret });
      expectProblem(await call("GET", url, { token }), { status: 401, code: "unauthenticated" });
    }
  });
});

describe("with the secret alone", () => {
  const service = useService({ AUTH_SECRET: authSecret });

  it("AUTH-8 tokens work, and no key does", async () => {
    const url = channelUrl(service.origin(), "room:lobby", "messages");
    expect((await call("GET", url, { token: tokenFor("alice") })).status).toBe(200);
    for (const token of ["", "undefined", "null", apiKey, authSecret]) {
      expectProblem(await call("GET", url, { token }), { status: 401, code: "unauthenticated" });
    }
  });
});
