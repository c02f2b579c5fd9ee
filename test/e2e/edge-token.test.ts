import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { rawCall } from "../support/raw-http.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";
import { type Claims, claimsOf, seconds, segment, sign } from "../support/tokens.ts";

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
const unsigned = (alg: unknown) => `${segment({ alg, typ: "JWT" })}.${segment(claimsOf("alice", all))}.`;
const good = () => withClaims(claimsOf("alice", all));
const without = (claim: string) => {
  const { [claim]: _gone, ...claims } = claimsOf("alice", all);
  return withClaims(claims);
};
const alice = (more: Claims) => withClaims(claimsOf("alice", all, more));
const sub = (value: unknown) => withClaims(claimsOf(value as string, all));
const parts = () => good().split(".") as [string, string, string];
const hour = 3_600;

const bad: [string, () => string][] = [
  ["nothing", () => ""],
  ["one word", () => "token"],
  ["two segments", () => parts().slice(0, 2).join(".")],
  ["four segments", () => `${good()}.x`],
  ["an empty signature", () => `${parts()[0]}.${parts()[1]}.`],
  [
    "a signature with a letter changed",
    () => good().replace(/.(.{5})$/, (tail) => (tail.startsWith("A") ? "B" : "A") + tail.slice(1)),
  ],
  ["padding", () => `${good()}=`],
  ["characters outside base64url", () => `${parts()[0]}.${parts()[1]}.+/+/`],
  ["a header that is no JSON", () => `e30x.${parts()[1]}.${parts()[2]}`],
  ["claims that are no object", () => sign({ claims: [] as unknown as Claims, secret: authSecret })],
  ["another secret", () => withClaims(claimsOf("alice", all), "another-secret-of-more-than-32-bytes-here")],
  ["an empty secret", () => withClaims(claimsOf("alice", all), "\0")],
  ["both secrets as one", () => withClaims(claimsOf("alice", all), `${authSecret},${oldSecret}`)],
  ["the API key and a dot", () => `${apiKey}.`],
  ["part of the API key", () => apiKey.slice(0, -1)],
  ["the API key in capitals", () => apiKey.toUpperCase()],
  ["alg none", () => unsigned("none")],
  ["alg None", () => unsigned("None")],
  ["alg NONE", () => unsigned("NONE")],
  ["alg nOnE", () => unsigned("nOnE")],
  ["an empty alg", () => unsigned("")],
  ["alg null", () => unsigned(null)],
  ["alg none, signed", () => withHeader({ alg: "none" })],
  ["no alg, signed", () => withHeader({ typ: "JWT" })],
  ["alg hs256, signed", () => withHeader({ alg: "hs256" })],
  ["alg HS384, signed so", () => withHeader({ alg: "HS384" }, "sha384")],
  ["alg HS512, signed so", () => withHeader({ alg: "HS512" }, "sha512")],
  ["alg RS256 over an HMAC", () => withHeader({ alg: "RS256" })],
  ["alg ES256 over an HMAC", () => withHeader({ alg: "ES256" })],
  ["alg EdDSA over an HMAC", () => withHeader({ alg: "EdDSA" })],
  ["a critical extension", () => withHeader({ alg: "HS256", crit: ["exp2"], exp2: 1 })],
  ["a key of its own", () => withHeader({ alg: "RS256", jwk: { kty: "oct", k: "AA" }, jku: "https://evil.example/k" })],
  ["no exp", () => without("exp")],
  ["exp a second ago", () => alice({ exp: seconds() - 1, iat: seconds() - hour })],
  ["exp now", () => alice({ exp: seconds() })],
  ["exp as text", () => alice({ exp: String(seconds() + hour) })],
  ["exp null", () => alice({ exp: null })],
  ["exp negative", () => alice({ exp: -1 })],
  ["exp in milliseconds", () => alice({ exp: Date.now() + hour * 1000 })],
  ["a lifetime of a day and a second", () => alice({ exp: seconds() + 24 * hour + 1 })],
  [
    "a day and more left, no iat",
    () => withClaims({ sub: "alice", exp: seconds() + 24 * hour + 60, capabilities: all }),
  ],
  ["a day and more since iat", () => alice({ iat: seconds() - 24 * hour, exp: seconds() + hour })],
  ["iat two minutes ahead", () => alice({ iat: seconds() + 120 })],
  ["iat as text", () => alice({ iat: "now" })],
  ["nbf two minutes ahead", () => alice({ nbf: seconds() + 120 })],
  ["nbf as text", () => alice({ nbf: "later" })],
  ["no sub", () => without("sub")],
  ["an empty sub", () => sub("")],
  ["sub null", () => sub(null)],
  ["sub a number", () => sub(7)],
  ["sub server", () => sub("server")],
  ["sub guest-x", () => sub("guest-x")],
  ["sub .", () => sub(".")],
  ["sub ..", () => sub("..")],
  ["sub with a space", () => sub("al ice")],
  ["sub with a slash", () => sub("a/b")],
  ["sub beyond ASCII", () => sub("älice")],
  ["sub of 129 characters", () => sub("x".repeat(129))],
  ["info over 1 KiB", () => alice({ info: { name: "x".repeat(1_100) } })],
  ["info that is no object", () => alice({ info: "Alice" })],
  ["capabilities as a list", () => alice({ capabilities: ["*"] })],
  ["20 KB", () => alice({ pad: "x".repeat(15_000) })],
];

describe("a bad token", () => {
  it.each(bad)("AUTH-4 with %s is 401", async (_what, make) => {
    const answer = await read(make());
    expectProblem(answer, unauthenticated, [authSecret, apiKey]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it("AUTH-4 is answered with the same body, whatever is wrong with it", async () => {
    const texts = new Set<string>();
    for (const [, make] of bad) texts.add((await read(make())).text);
    expect([...texts]).toHaveLength(1);
  });

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
