import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { verifyToken } from "../../../src/auth/token.ts";
import { segment } from "../../support/tokens.ts";

const NOW = 1_764_000_000_000;
const MINUTE = 60_000;
const CLAIMS = { sub: "alice", exp: NOW / 1000 + 3600 };
const ALICE = { user: "alice", kind: "user" };

const PAIRS = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
type Algorithm = keyof typeof PAIRS;
const OTHER = generateKeyPairSync("ec", { namedCurve: "P-256" });

function token(alg: Algorithm, { header = {}, key = PAIRS[alg].privateKey as KeyObject, claims = {} } = {}): string {
  const input = `${segment({ alg, ...header })}.${segment({ ...CLAIMS, ...claims })}`;
  const signature = sign(alg === "EdDSA" ? null : "sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

const jwkOf = (key: KeyObject, more = {}) => ({ ...key.export({ format: "jwk" }), ...more });
const allKeys = () => Object.values(PAIRS).map(({ publicKey }) => jwkOf(publicKey));

/** What the key server has; null: it is down. */
let served: unknown;
let fetches = 0;
let url = "";
let tests = 0;

beforeEach(() => {
  served = { keys: allKeys() };
  fetches = 0;
  url = `https://keys-${++tests}.example/jwks`;
  vi.stubGlobal("fetch", async () => {
    fetches++;
    if (served === null) throw new TypeError("fetch failed");
    return typeof served === "number" ? new Response(null, { status: served }) : Response.json(served);
  });
});
afterEach(() => vi.unstubAllGlobals());

const verify = (text: string, after = 0) =>
  verifyToken(text, readSecrets({ AUTH_JWKS_URL: url }) as Secrets, NOW + after);
const long = { claims: { iat: NOW / 1000, exp: NOW / 1000 + 86_400 } };

test.each(["ES256", "EdDSA", "RS256"] as const)("AUTH-2 %s with a key of the set is valid", async (alg) => {
  expect(await verify(token(alg))).toMatchObject(ALICE);
});

test("AUTH-2 a key that is named is the only one tried; without a name all that fit are", async () => {
  const [old, fresh] = [jwkOf(OTHER.publicKey, { kid: "old" }), jwkOf(PAIRS.ES256.publicKey, { kid: "new" })];
  served = { keys: [old, fresh] };
  expect(await verify(token("ES256"))).toMatchObject(ALICE);
  expect(await verify(token("ES256", { header: { kid: "new" } }))).toMatchObject(ALICE);
  expect(await verify(token("ES256", { header: { kid: "old" } }))).toBe("invalid");
});

test("AUTH-2 neither a foreign key nor the algorithm of the token is believed", async () => {
  served = { keys: [...allKeys(), { kty: "oct", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", alg: "HS256" }] };
  const secret = Buffer.from("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "base64url");
  const hs256 = (key: Buffer | string) => {
    const input = `${segment({ alg: "HS256" })}.${segment(CLAIMS)}`;
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  };
  const pem = PAIRS.RS256.publicKey.export({ type: "spki", format: "pem" }).toString();
  const jwk = jwkOf(OTHER.publicKey);
  for (const text of [
    hs256(secret),
    hs256(pem),
    token("ES256", { key: OTHER.privateKey }),
    token("ES256", { key: OTHER.privateKey, header: { jwk } }),
    token("ES256", { key: OTHER.privateKey, header: { jku: "https://evil.example/jwks" } }),
    token("RS256", { header: { alg: "RS512" } }),
    token("RS256", { header: { alg: "PS256" } }),
    token("ES256", { claims: { exp: NOW / 1000 } }),
  ])
    expect(await verify(text)).toBe("invalid");
});

test("AUTH-10 keys are kept for 10 minutes", async () => {
  const text = token("ES256", long);
  await Promise.all([verify(text), verify(text), verify(text)]);
  await verify(text, 10 * MINUTE - 1);
  expect(fetches).toBe(1);
  await verify(text, 10 * MINUTE);
  expect(fetches).toBe(2);
});

test.each([null, 500, 404])("AUTH-10 while the key server answers %s old keys are used for a day", async (answer) => {
  const text = token("ES256", long);
  await verify(text);
  served = answer;
  expect(await verify(text, 20 * MINUTE)).toMatchObject(ALICE);
  expect(await verify(text, 23 * 60 * MINUTE)).toMatchObject(ALICE);
  const next = token("ES256", { claims: { exp: NOW / 1000 + 2 * 86_400, iat: NOW / 1000 + 86_400 } });
  expect(await verify(next, 25 * 60 * MINUTE)).toEqual({ retryAfter: expect.any(Number) });
});

test.each([null, 500, "nonsense", {}, { keys: "none" }])(
  "AUTH-10 without any keys (%j) nothing is known of a token",
  async (answer) => {
    served = answer;
    expect(await verify(token("ES256"))).toEqual({ retryAfter: expect.any(Number) });
    served = { keys: allKeys() };
    expect(await verify(token("ES256"), 29_999)).toEqual({ retryAfter: expect.any(Number) });
    expect(await verify(token("ES256"), 30_000)).toMatchObject(ALICE);
  },
);

test("AUTH-10 an unknown key makes them be fetched again, at most every 30 s", async () => {
  served = { keys: [jwkOf(OTHER.publicKey, { kid: "old" })] };
  const rotated = token("ES256", { ...long, header: { kid: "new" } });
  expect(await verify(rotated)).toBe("invalid");
  expect(await verify(rotated, 29_999)).toBe("invalid");
  expect(fetches).toBe(1);
  served = { keys: [jwkOf(PAIRS.ES256.publicKey, { kid: "new" })] };
  expect(await verify(rotated, 30_000)).toMatchObject(ALICE);
  expect(fetches).toBe(2);
});

test("AUTH-10 nonsense and HS256 fetch nothing", async () => {
  for (const text of [
    "",
    "a.b.c",
    `${segment({ alg: "none" })}.${segment(CLAIMS)}.`,
    `${segment({ alg: "HS256" })}.e.e`,
  ])
    expect(await verify(text)).toBe("invalid");
  expect(fetches).toBe(0);
});
