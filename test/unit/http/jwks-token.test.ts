import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Secrets } from "../../../src/auth/secrets.ts";
import { verifyToken } from "../../../src/auth/token.ts";
import { type Algorithm, type KeyServer, newKey, type SigningKey, startKeyServer } from "../../support/key-server.ts";
import { type Claims, claimsOf, seconds, segment, sign } from "../../support/tokens.ts";

const hour = 3600;
const issuer = "https://id.example.com/";
const audience = "edgewire";
const all = { "*": ["*"] };
const secret = "a-secret-that-signs-nothing-of-theirs";

let server: KeyServer;
/** Keys that the service must never ask for, whatever a token says. */
let elsewhere: KeyServer;
let secrets: Secrets;
let intruder: SigningKey;
const keys = {} as Record<Algorithm, SigningKey>;
const algorithms: Algorithm[] = ["ES256", "RS256", "EdDSA"];

beforeAll(async () => {
  for (const alg of algorithms) keys[alg] = await newKey(alg, `the-${alg}`);
  intruder = await newKey("ES256", "the-ES256");
  [server, elsewhere] = await Promise.all([startKeyServer(...Object.values(keys)), startKeyServer(intruder)]);
  secrets = { signing: [], apiKey: null, jwksUrl: server.url, issuer: null, audience: null };
});
afterAll(async () => {
  await Promise.all([server.stop(), elsewhere.stop()]);
});

const check = (token: string, more: Partial<Secrets> = {}) => verifyToken(token, { ...secrets, ...more }, Date.now());
const good = (more: Claims = {}) => claimsOf("alice", all, more);
/** A token of three segments, of which the last is as given. */
const handmade = (header: object, signature: string | ((signed: string) => string), claims: Claims = good()) => {
  const signed = `${segment(header)}.${segment(claims)}`;
  return `${signed}.${typeof signature === "string" ? signature : signature(signed)}`;
};

describe.each(algorithms)("%s", (alg) => {
  test("AUTH-2: is good with the key that the server shows", async () => {
    expect(await check(await keys[alg].tokenFor("alice"))).toMatchObject({ user: "alice", kind: "user" });
  });

  test("AUTH-2: is good without `kid` and without `typ`", async () => {
    expect(await check(await keys[alg].sign(good(), { kid: undefined, typ: undefined }))).toHaveProperty("user");
  });

  test("AUTH-2: is good without `kid` while several keys of it are shown", async () => {
    const several = await startKeyServer(await newKey(alg), keys[alg], await newKey(alg));
    const token = await keys[alg].sign(good(), { kid: undefined });
    expect(await check(token, { jwksUrl: several.url })).toHaveProperty("user");
    const foreign = await (await newKey(alg)).sign(good(), { kid: undefined });
    expect(await check(foreign, { jwksUrl: several.url })).toBe("invalid");
    await several.stop();
  });

  test("AUTH-2: is not good with another's key under the same `kid`", async () => {
    expect(await check(await (await newKey(alg, keys[alg].kid)).sign(good()))).toBe("invalid");
  });

  test("AUTH-2: is not good when a byte of it is another", async () => {
    const [header, payload, signature] = (await keys[alg].sign(good())).split(".") as [string, string, string];
    const flipped = Buffer.from(signature, "base64url");
    flipped[3] = (flipped[3] as number) ^ 1;
    expect(await check(`${header}.${payload}.${flipped.toString("base64url")}`)).toBe("invalid");
    expect(await check(`${header}.${segment(good({ sub: "bob" }))}.${signature}`)).toBe("invalid");
  });

  test("AUTH-2: is not looked at where no AUTH_JWKS_URL is set", async () => {
    const only = { jwksUrl: null, signing: [new TextEncoder().encode(secret)] };
    expect(await check(await keys[alg].tokenFor("alice"), only)).toBe("invalid");
  });

  test("AUTH-3: has to have exp, a lifetime of a day at most, and a sub that may be one", async () => {
    for (const wrong of [
      { exp: undefined },
      { exp: seconds() - 1 },
      { exp: seconds() + 25 * hour },
      { iat: seconds() + 90 },
      { nbf: seconds() + 90 },
      { sub: "server" },
      { sub: "guest-1" },
      { sub: "a/b" },
    ])
      expect(await check(await keys[alg].sign(good(wrong))), JSON.stringify(wrong)).toBe("invalid");
  });
});

describe("an algorithm", () => {
  const spellings = [
    "none",
    "None",
    "NONE",
    "nOnE",
    " none",
    "none ",
    "n\u200bone",
    "",
    "null",
    null,
    false,
    0,
    [],
    {},
  ];

  test.each(spellings)("AUTH-2: is not chosen by the token: %j, with and without a signature", async (alg) => {
    const signature = (await keys.ES256.sign(good())).split(".")[2] as string;
    for (const end of ["", signature, "AA"])
      expect(await check(handmade({ alg, kid: "the-ES256" }, end))).toBe("invalid");
    expect(await check(handmade({ alg }, ""), { signing: [new TextEncoder().encode(secret)] })).toBe("invalid");
  });

  test("AUTH-2: HS256 is not checked with a public key, in any of its forms", async () => {
    const pem = createPublicKey({ key: keys.RS256.jwk as never, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    const { n, x } = { n: keys.RS256.jwk.n as string, x: keys.ES256.jwk.x as string };
    const forms = [
      `${pem}`,
      `${pem}`.trim(),
      `${pem}`.replaceAll("\n", ""),
      n,
      x,
      JSON.stringify(keys.RS256.jwk),
      server.url,
    ];
    for (const form of [...forms, ...forms.map((text) => Buffer.from(text, "base64url"))])
      for (const kid of [undefined, "the-RS256"]) {
        const header = { alg: "HS256", typ: "JWT", kid };
        const token = handmade(header, (signed) => createHmac("sha256", form).update(signed).digest("base64url"));
        expect(await check(token)).toBe("invalid");
        expect(await check(token, { signing: [new TextEncoder().encode(secret)] })).toBe("invalid");
      }
  });

  test.each([
    ["HS384", "sha384"],
    ["HS512", "sha512"],
  ] as const)("AUTH-2: %s is not taken with the secret", async (alg, digest) => {
    const token = sign({ header: { alg }, claims: good(), secret, digest });
    expect(await check(token, { signing: [new TextEncoder().encode(secret)] })).toBe("invalid");
  });

  test.each(["PS256", "RS384", "RS512", "ES384", "Ed25519", "ES256K", "RSA-OAEP", "rs256"])(
    "AUTH-2: %s is none of the three, though the signature be right",
    async (alg) => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const shown = await startKeyServer();
      shown.show(
        { ...(publicKey.export({ format: "jwk" }) as object), kid: "k" },
        { ...keys.EdDSA.jwk, alg, kid: "k" },
      );
      const token = handmade({ alg, kid: "k" }, (signed) =>
        signBytes(alg === "RS512" ? "sha512" : "sha384", Buffer.from(signed), privateKey).toString("base64url"),
      );
      expect(await check(token, { jwksUrl: shown.url })).toBe("invalid");
      expect(shown.requests).toBe(0);
      await shown.stop();
    },
  );

  test("AUTH-2: one key is not used with another key's algorithm", async () => {
    for (const [alg, key] of [
      ["ES256", keys.RS256],
      ["RS256", keys.ES256],
      ["EdDSA", keys.ES256],
    ] as const) {
      const signature = (await key.sign(good())).split(".")[2] as string;
      expect(await check(handmade({ alg, kid: key.kid }, signature))).toBe("invalid");
    }
  });
});

describe("a key", () => {
  test.each<[string, () => Record<string, unknown>]>([
    ["jwk", () => ({ jwk: intruder.jwk })],
    ["jku", () => ({ jku: elsewhere.url })],
    ["x5u", () => ({ x5u: elsewhere.url })],
    ["x5c", () => ({ x5c: ["MIIB"] })],
    ["iss in the header", () => ({ iss: elsewhere.url })],
    ["url", () => ({ url: elsewhere.url })],
    ["kid that is an address", () => ({ kid: elsewhere.url })],
    ["kid that is a path", () => ({ kid: "../../etc/passwd" })],
    ["kid that is a statement", () => ({ kid: "' OR 1=1 --" })],
    ["kid __proto__", () => ({ kid: "__proto__" })],
    ["all of them, critical", () => ({ jwk: intruder.jwk, jku: elsewhere.url, crit: ["jku"] })],
  ])("AUTH-2: is not taken from the token: %s", async (_what, header) => {
    expect(await check(await intruder.sign(good(), header()).catch(() => "x.y.z"))).toBe("invalid");
    expect(elsewhere.requests).toBe(0);
  });

  test("AUTH-2: an extension that it calls critical, and nobody knows, makes a token bad", async () => {
    const header = { alg: "HS256", crit: ["b64x"], b64x: true };
    const token = sign({ header, claims: good(), secret });
    expect(await check(token, { signing: [new TextEncoder().encode(secret)] })).toBe("invalid");
  });
});

describe("iss and aud", () => {
  const named = { issuer, audience };
  test.each<[string, Claims]>([
    ["both", { iss: issuer, aud: audience }],
    ["aud in a list", { iss: issuer, aud: ["other", audience] }],
  ])("AUTH-3: are good with %s", async (_what, claims) => {
    expect(await check(await keys.ES256.sign(good(claims)), named)).toHaveProperty("user");
  });

  test.each<[string, Claims]>([
    ["neither", {}],
    ["no iss", { aud: audience }],
    ["no aud", { iss: issuer }],
    ["another iss", { iss: "https://evil.example.com/", aud: audience }],
    ["iss without its slash", { iss: issuer.slice(0, -1), aud: audience }],
    ["iss in capitals", { iss: issuer.toUpperCase(), aud: audience }],
    ["iss in a list", { iss: [issuer], aud: audience }],
    ["another aud", { iss: issuer, aud: "other" }],
    ["aud that only begins so", { iss: issuer, aud: `${audience}-2` }],
    ["aud in a text of several", { iss: issuer, aud: `${audience},other` }],
    ["no aud in a list", { iss: issuer, aud: [] }],
    ["aud in a list in a list", { iss: issuer, aud: [[audience]] }],
    ["aud in an object", { iss: issuer, aud: { 0: audience, length: 1 } }],
    ["aud true", { iss: issuer, aud: true }],
  ])("AUTH-3: are not with %s, for keys as for secrets", async (_what, claims) => {
    expect(await check(await keys.ES256.sign(good(claims)), named)).toBe("invalid");
    const signing = [new TextEncoder().encode(secret)];
    expect(await check(sign({ claims: good(claims), secret }), { ...named, signing })).toBe("invalid");
  });

  test("AUTH-3: are not looked at where nothing is configured", async () => {
    const token = await keys.EdDSA.sign(good({ iss: 7, aud: null as unknown as string }));
    expect(await check(token)).toHaveProperty("user");
  });
});
