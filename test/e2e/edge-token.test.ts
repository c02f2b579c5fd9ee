import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { rawCall } from "../support/raw-http.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";
import { type Claims, claimsOf, seconds, sign } from "../support/tokens.ts";

const oldSecret = "e2e-the-secret-before-the-rotation-of-32";
const service = useService({ AUTH_SECRET: `${authSecret},${oldSecret}`, API_KEY: apiKey });
const room = uniqueRoom("token");
const unauthenticated = { status: 401, code: "unauthenticated" };
const all = { "*": ["*"] };

afterAll(() => service.canary(room));

const url = () => channelUrl(service.origin(), `room:${room}`, "messages");
const read = (token: string) => call("GET", url(), { token });
const withClaims = (claims: Claims, secret = authSecret) => sign({ claims, secret });
const withHeader = (header: Record<string, unknown>, digest?: "sha384" | "sha512") =>
  sign({ header, claims: claimsOf("alice", all), secret: authSecret, ...(digest && { digest }) });
const good = () => withClaims(claimsOf("alice", all));
const without = (claim: string) => {
  const { [claim]: _gone, ...claims } = claimsOf("alice", all);
  return withClaims(claims);
};
const alice = (more: Claims) => withClaims(claimsOf("alice", all, more));
const sub = (value: unknown) => withClaims(claimsOf(value as string, all));
const hour = 3_600;

describe("a bad token", () => {
  it.each<[string, string[]]>([
    ["no Authorization", []],
    ["another scheme", ["Authorization: Basic YWxpY2U6c2VjcmV0"]],
    ["the token alone", [`Authorization: ${apiKey}`]],
    ["a scheme alone", ["Authorization: Bearer"]],
    ["two tokens", [`Authorization: Bearer ${apiKey} ${apiKey}`]],
    ["a cookie", [`Cookie: token=${apiKey}`]],
  ])("AUTH-4 may be %s: 401 with WWW-Authenticate", async (_what, headers) => {
    const answer = await rawCall(service.origin(), { method: "GET", path: `/v1/rooms/${room}/messages`, headers });
    expectProblem(answer, unauthenticated);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it.each(["token", "access_token", "api_key", "ticket", "authorization"])(
    "AUTH-1 is not looked for in ?%s=",
    async (name) => {
      expectProblem(await call("GET", `${url()}?${name}=${good()}`), unauthenticated);
      expectProblem(await call("GET", `${url()}?${name}=${apiKey}`), unauthenticated);
    },
  );
});

describe("a good token", () => {
  it.each<[string, () => string]>([
    ["signed with the new secret", good],
    ["signed with the old secret", () => withClaims(claimsOf("alice", all), oldSecret)],
    ["without iat", () => without("iat")],
    ["without typ", () => withHeader({ alg: "HS256" })],
    ["with iat and nbf half a minute ahead", () => alice({ iat: seconds() + 30, nbf: seconds() + 30 })],
    ["with a lifetime of a day", () => alice({ exp: seconds() + 24 * hour - 1 })],
    ["with a sub of 128 characters", () => sub("x".repeat(128))],
    ["with every character a sub may have", () => sub("Az09-_.~:@|+=")],
    ["with claims that are not known", () => alice({ scope: "x", aud: "someone", iss: "someone" })],
    ["with info of almost 1 KiB", () => alice({ info: { name: "x".repeat(1_000) } })],
  ])("AUTH-3 %s is 200", async (_what, make) => {
    const answer = await read(make());
    expect(answer.status, answer.text).toBe(200);
  });

  it("AUTH-1 may come with the scheme in any case", async () => {
    const headers = { authorization: `bearer ${good()}` };
    expect((await call("GET", url(), { headers })).status).toBe(200);
  });
});
