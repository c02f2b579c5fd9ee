import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { channelUrl } from "../../support/client.ts";
import { knock } from "../../support/handshake.ts";
import { call } from "../../support/http.ts";
import { type Algorithm, newKey, type SigningKey, startKeyServer } from "../../support/key-server.ts";
import { expectProblem } from "../../support/problem.ts";
import { authSecret, uniqueRoom, useService } from "../../support/service.ts";
import { claimsOf, segment, sign } from "../../support/tokens.ts";

const issuer = "https://id.example.com/";
const audience = "edgewire";
const mine = { iss: issuer, aud: audience };
const unauthenticated = { status: 401, code: "unauthenticated" };
const algorithms: Algorithm[] = ["ES256", "RS256", "EdDSA"];

// Before the service starts, which has to know its address.
const keys = Object.fromEntries(
  await Promise.all(algorithms.map(async (alg) => [alg, await newKey(alg, `the-${alg}`)])),
);
const keyOf = (alg: Algorithm) => keys[alg] as SigningKey;
const second = await newKey("ES256", "the-second-ES256");
const intruder = await newKey("ES256", "the-ES256");
const [server, sick, elsewhere] = await Promise.all([
  startKeyServer(...algorithms.map(keyOf), second),
  startKeyServer(...algorithms.map(keyOf)),
  startKeyServer(intruder),
]);
afterAll(() => Promise.all([server.stop(), sick.stop(), elsewhere.stop()]));

const good = (more = {}) => claimsOf("alice", { "room:*": ["*"] }, { ...mine, ...more });

describe("with a key server that is well", () => {
  const vars = {
    AUTH_JWKS_URL: server.url,
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    AUTH_SECRET: authSecret,
  };
  const service = useService(vars);
  const room = uniqueRoom("keys");
  const read = (token: string) => call("GET", channelUrl(service.origin(), `room:${room}`, "messages"), { token });

  it("AUTH-10 lets everybody in who comes at the very first moment, and asks for the keys once", async () => {
    const token = await keyOf("ES256").sign(good());
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(server.requests).toBe(1);
  });

  it.each(algorithms)(
    "AUTH-2 takes a token signed with %s over HTTP, in both handshakes and in a frame",
    async (alg) => {
      const token = await keyOf(alg).sign(good());
      expect((await read(token)).status).toBe(200);
      const url = channelUrl(service.origin(), `room:${room}`, "connect");
      const welcome = { outcome: "welcome", text: expect.stringContaining('"user":"alice"') };
      expect(await knock(url, { token })).toMatchObject(welcome);
      expect(await knock(url, { protocols: ["edgewire.v1", `edgewire.token.${token}`] })).toMatchObject(welcome);
      const client = await service.join("alice", room, {}, { token });
      const fresh = await keyOf(alg).sign(good());
      expect(await client.request({ type: "auth", token: fresh })).toMatchObject({ type: "ack" });
    },
  );

  it("AUTH-2 takes a token without `kid`, also where two keys fit", async () => {
    for (const key of [keyOf("ES256"), second, keyOf("RS256")])
      expect((await read(await key.sign(good(), { kid: undefined }))).status).toBe(200);
    expectProblem(await read(await intruder.sign(good(), { kid: undefined })), unauthenticated);
  });

  const spoofed = (header: object, end = "") => `${segment(header)}.${segment(good())}.${end}`;
  const bad: [string, () => string | Promise<string>][] = [
    ["another's key under the same `kid`", () => intruder.sign(good())],
    ["its key in the header", () => intruder.sign(good(), { jwk: intruder.jwk })],
    ["the address of its key as jku", () => intruder.sign(good(), { jku: elsewhere.url })],
    ["the address of its key as x5u", () => intruder.sign(good(), { x5u: elsewhere.url })],
    ["the address of its key as kid", () => intruder.sign(good(), { kid: elsewhere.url })],
    ["HS256 and a public key", () => sign({ claims: good(), secret: JSON.stringify(keyOf("RS256").jwk) })],
    ["HS256 and the modulus", () => sign({ claims: good(), secret: keyOf("RS256").jwk.n as string })],
    [
      "HS384 and the secret",
      () => sign({ header: { alg: "HS384" }, claims: good(), secret: authSecret, digest: "sha384" }),
    ],
    ...["none", "None", "NONE", "nOnE", "", "null"].map((alg): [string, () => string] => [
      `alg ${JSON.stringify(alg)}`,
      () => spoofed({ alg, kid: "the-ES256" }),
    ]),
    ["no iss", () => keyOf("ES256").sign(good({ iss: undefined }))],
    ["another iss", () => keyOf("ES256").sign(good({ iss: "https://evil.example/" }))],
    ["no aud", () => keyOf("RS256").sign(good({ aud: undefined }))],
    ["another aud", () => keyOf("EdDSA").sign(good({ aud: ["other"] }))],
    ["another aud, by the secret", () => sign({ claims: good({ aud: "other" }), secret: authSecret })],
    ["no exp", () => keyOf("ES256").sign(good({ exp: undefined }))],
    ["a lifetime above a day", () => keyOf("ES256").sign(good({ exp: Math.floor(Date.now() / 1000) + 90_000 }))],
  ];

  it("AUTH-2 AUTH-3 AUTH-4 refuses all others with one and the same body, and asks nobody for their keys", async () => {
    const bodies = new Set<string>();
    for (const [what, make] of bad) {
      const answer = await read(await make());
      expect(answer.status, what).toBe(401);
      expectProblem(answer, unauthenticated);
      bodies.add(answer.text);
    }
    expect([...bodies]).toHaveLength(1);
    expect(elsewhere.requests).toBe(0);
  });

  it("AUTH-2 takes the secret's tokens beside them, and an aud in a list", async () => {
    expect((await read(sign({ claims: good({ aud: ["other", audience] }), secret: authSecret }))).status).toBe(200);
  });

  it("AUTH-10 is not made to ask for keys by a flood of unknown ones, more than once a cooldown", async () => {
    const before = server.requests;
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, n) => intruder.sign(good(), { kid: `made-up-${n}` })),
    );
    const answers = await Promise.all(tokens.map(read));
    expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(401));
    expect(server.requests - before).toBeLessThanOrEqual(1);
  });

  it("AUTH-10 goes on with the keys it has when the key server is down", async () => {
    server.mood = "reset";
    for (const alg of algorithms) expect((await read(await keyOf(alg).sign(good()))).status).toBe(200);
    expectProblem(await read(await intruder.sign(good())), unauthenticated);
  });
});

describe("with a key server that never answers", () => {
  beforeAll(() => {
    sick.mood = "silent";
  });
  const service = useService({ AUTH_JWKS_URL: sick.url, AUTH_SECRET: authSecret });
  const url = (endpoint: string) => channelUrl(service.origin(), "room:lobby", endpoint);

  it("AUTH-10 answers 503 with Retry-After after 3 s, and at once from then on; what needs no such key goes on", async () => {
    const token = await keyOf("ES256").tokenFor("alice");
    const began = performance.now();
    const first = await call("GET", url("messages"), { token });
    expect(performance.now() - began).toBeLessThan(8_000);
    const next = performance.now();
    const later = await call("GET", url("messages"), { token });
    expect(performance.now() - next).toBeLessThan(2_900); // it has not waited for the keys again
    for (const answer of [first, later]) {
      expectProblem(answer, { status: 503, code: "overloaded" });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(answer.text).not.toContain("127.0.0.1");
    }
    expect(sick.requests).toBe(1);
    const seen = await knock(url("connect"), { protocols: ["edgewire.v1", `edgewire.token.${token}`] });
    expect(seen).toMatchObject({ outcome: "closed", closed: { code: 4503, reason: "overloaded" } });
    const secret = sign({ claims: claimsOf("alice", { "*": ["*"] }), secret: authSecret });
    expect((await call("GET", url("messages"), { token: secret })).status).toBe(200);
    expectProblem(await call("GET", url("messages"), { token: "x.y.z" }), unauthenticated);
  });
});
