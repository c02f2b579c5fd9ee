import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { type Claims, verifyToken } from "../../../src/auth/token.ts";
import { segment, sign } from "../../support/tokens.ts";

const SECRET = "s".repeat(32);
const OLD_SECRET = "o".repeat(32);
const NOW = 1_764_000_000_000;
const S = NOW / 1000;
const CLAIMS = { sub: "alice", exp: S + 3600, capabilities: { "room:*": ["subscribe"] } };

const secretsOf = (given: Record<string, string>) => readSecrets(given) as Secrets;
const SECRETS = secretsOf({ AUTH_SECRET: `${SECRET},${OLD_SECRET}`, API_KEY: "k".repeat(32) });

const token = (claims: object, header: object = { alg: "HS256" }) =>
  sign({ claims: { ...CLAIMS, ...claims }, header: { ...header }, secret: SECRET });
/** `text` as a payload, signed as if it were one. */
const withPayload = (bytes: string | Buffer) => {
  const input = `${segment({ alg: "HS256" })}.${Buffer.from(bytes).toString("base64url")}`;
  return `${input}.${createHmac("sha256", SECRET).update(input).digest("base64url")}`;
};
const verify = (text: string, secrets = SECRETS) => verifyToken(text, secrets, NOW);

test("AUTH-2 a token with the newest secret or an older one is valid", async () => {
  const claims = {
    user: "alice",
    kind: "user",
    issuedAt: null,
    expires: NOW + 3_600_000,
    info: null,
    capabilities: { "room:*": ["subscribe"] },
  };
  expect(await verify(token({}))).toEqual(claims);
  expect(await verify(sign({ claims: CLAIMS, secret: OLD_SECRET }))).toEqual(claims);
  expect(await verify(token({ info: { name: "Al" }, more: 1 }))).toEqual({ ...claims, info: { name: "Al" } });
});

const BARELY: [string, object][] = [
  ["exp one second ahead", { exp: S + 1 }],
  ["exp a millisecond ahead", { exp: S + 0.001 }],
  ["exp a day ahead", { exp: S + 86_400 }],
  ["a life of a day, of which a minute is over", { iat: S - 60, exp: S + 86_340 }],
  ["iat 60 s ahead", { iat: S + 60 }],
  ["nbf 60 s ahead", { nbf: S + 60 }],
  ["iat long ago, the life a day", { iat: S - 86_000, exp: S + 400 }],
  ["info of 1 KiB", { info: { name: "é".repeat(506) } }],
  ["an empty info", { info: {} }],
  ["no capabilities", { capabilities: undefined }],
  ["unreadable capabilities", { capabilities: { "room:a": "subscribe" } }],
  ["a name with everything in it", { sub: "a-_.~:@|+=Z" }],
  ["a name that begins like a guest's", { sub: "guest" }],
];

test.each(BARELY)("AUTH-3 is valid: %s", async (_what, payload) => {
  expect(await verify(token(payload))).toMatchObject({ kind: "user" });
});

const WRONG_CLAIMS: [string, object][] = [
  ["no sub", { sub: undefined }],
  ["sub a number", { sub: 5 }],
  ["an empty sub", { sub: "" }],
  ["sub no id", { sub: "a b" }],
  ["sub with a NUL", { sub: "alice\u0000" }],
  ["sub ..", { sub: ".." }],
  ["sub too long", { sub: "a".repeat(129) }],
  ["sub the server", { sub: "server" }],
  ["sub a guest", { sub: "guest-1" }],
  ["no exp", { exp: undefined }],
  ["exp null", { exp: null }],
  ["exp text", { exp: String(S + 60) }],
  ["exp now", { exp: S }],
  ["exp past", { exp: S - 1 }],
  ["exp 0", { exp: 0 }],
  ["exp negative", { exp: -1 }],
  ["exp in ms", { exp: NOW + 60_000 }],
  ["exp in the far future", { exp: 1e300 }],
  ["exp a second more than a day ahead", { exp: S + 86_401 }],
  ["a life of more than a day", { iat: S - 3600, exp: S + 86_000 }],
  ["iat 61 s ahead", { iat: S + 61 }],
  ["iat text", { iat: String(S) }],
  ["iat null", { iat: null }],
  ["nbf 61 s ahead", { nbf: S + 61 }],
  ["nbf text", { nbf: "0" }],
  ["info no object", { info: "Al" }],
  ["info null", { info: null }],
  ["info a list", { info: ["Al"] }],
  ["info above 1 KiB", { info: { name: "é".repeat(507) } }],
  ["capabilities a list", { capabilities: ["subscribe"] }],
  ["capabilities null", { capabilities: null }],
  ["capabilities text", { capabilities: "*" }],
];

test.each(WRONG_CLAIMS)("AUTH-3 is not valid: %s", async (_what, payload) => {
  expect(await verify(token(payload))).toBe("invalid");
});

const [header = "", payload = "", signature = ""] = token({}).split(".");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
const unsigned = (alg: unknown) => `${segment({ alg })}.${payload}.`;
const signedRs256 = (more: object = {}) => {
  const input = `${segment({ alg: "RS256", ...more })}.${payload}`;
  return `${input}.${createSign("sha256").update(input).sign(privateKey, "base64url")}`;
};

const WRONG_TOKENS: [string, string][] = [
  ["nothing", ""],
  ["a word", "token"],
  ["two segments", `${header}.${payload}`],
  ["four segments", `${header}.${payload}.${signature}.`],
  ["five segments", `${header}..${payload}..${signature}`],
  ["no signature", `${header}.${payload}.`],
  ["only a signature", `..${signature}`],
  ["a signature cut short", `${header}.${payload}.${signature.slice(0, -2)}`],
  ["a signature with padding", `${header}.${payload}.${signature}=`],
  ["a signature in other letters", `${header}.${payload}.${signature.slice(0, -1)}/`],
  ["white space around it", ` ${header}.${payload}.${signature}\n`],
  ["another payload", `${header}.${Buffer.from('{"sub":"bob"}').toString("base64url")}.${signature}`],
  ["another secret", sign({ claims: CLAIMS, secret: "x".repeat(32) })],
  ["an empty secret", sign({ claims: CLAIMS, secret: "" })],
  ["the API_KEY as secret", sign({ claims: CLAIMS, secret: "k".repeat(32) })],
  ...["none", "None", "NONE", "nOnE", "", null, 5].map((alg): [string, string] => [
    `alg ${JSON.stringify(alg)}, unsigned`,
    unsigned(alg),
  ]),
  ...["none", "hs256", "HS384", "HS512", "RS256", "ES256", "HS256 "].map((alg): [string, string] => [
    `alg ${JSON.stringify(alg)}, signed with the secret`,
    token({}, { alg }),
  ]),
  ["HS384, rightly signed", sign({ claims: CLAIMS, header: { alg: "HS384" }, secret: SECRET, digest: "sha384" })],
  ["HS512, rightly signed", sign({ claims: CLAIMS, header: { alg: "HS512" }, secret: SECRET, digest: "sha512" })],
  ["no alg", token({}, {})],
  ["an extension that must be understood", token({}, { alg: "HS256", crit: ["exp"] })],
  ["a key of its own", signedRs256({ jwk: publicKey.export({ format: "jwk" }) })],
  ["RS256 without a key set", signedRs256()],
  ["HS256 with a public key", sign({ claims: CLAIMS, secret: publicPem })],
  ["a guest's type, signed with the secret", token({}, { alg: "HS256", typ: "edgewire-guest" })],
  ["20 KB of nothing", "a".repeat(20_000)],
  ["20 KB of dots", ".".repeat(20_000)],
  ["full-width letters", "ｅｙＪ.ｅｙＪ.ｅｙＪ"],
];

test.each(WRONG_TOKENS)("AUTH-2 is not valid: %s", async (_what, text) => {
  expect(await verify(text)).toBe("invalid");
});

test.each(["[]", "null", "5", '"alice"', "{", "", "\ufeff{"])("AUTH-2 is not valid: the payload %j", async (text) => {
  expect(await verify(withPayload(text))).toBe("invalid");
});

test("AUTH-2 a payload that is not UTF-8 makes no valid name", async () => {
  const end = `ice","exp":${S + 60}}`;
  expect(await verify(withPayload(`{"sub":"al${end}`))).toMatchObject({ user: "alice" });
  const broken = Buffer.concat([Buffer.from('{"sub":"al'), Buffer.from([0xff]), Buffer.from(end)]);
  expect(await verify(withPayload(broken))).toBe("invalid");
});

test("AUTH-2 without AUTH_SECRET no HS256 token is valid", async () => {
  const secrets = secretsOf({ API_KEY: "k".repeat(32) });
  expect(await verify(token({}), secrets)).toBe("invalid");
  expect(await verify(sign({ claims: CLAIMS, secret: "k".repeat(32) }), secrets)).toBe("invalid");
});

test.each([
  [{}, "invalid"],
  [{ iss: "other", aud: "chat" }, "invalid"],
  [{ iss: "issuer", aud: "other" }, "invalid"],
  [{ iss: ["issuer"], aud: "chat" }, "invalid"],
  [{ iss: "issuer", aud: ["other"] }, "invalid"],
  [{ iss: "issuer", aud: { chat: true } }, "invalid"],
  [{ iss: "issuer", aud: "chat" }, { user: "alice" }],
  [{ iss: "issuer", aud: ["other", "chat"] }, { user: "alice" }],
])("AUTH-3 with an issuer and an audience configured, %j is %j", async (claims, expected) => {
  const secrets = secretsOf({ AUTH_SECRET: SECRET, AUTH_ISSUER: "issuer", AUTH_AUDIENCE: "chat" });
  const verdict = await verify(token(claims), secrets);
  if (typeof expected === "string") expect(verdict).toBe(expected);
  else expect(verdict).toMatchObject(expected);
});

test("AUTH-9 the end of a token is a whole number of ms, also when its exp is not one of seconds", async () => {
  for (let ms = 1; ms < 1000; ms += 7) {
    const verdict = (await verify(token({ exp: (NOW + 60_000 + ms) / 1000 }))) as Claims;
    expect(verdict).toMatchObject({ user: "alice" });
    expect([ms, Number.isSafeInteger(verdict.expires)]).toEqual([ms, true]);
  }
  const verdict = (await verify(token({ exp: S + 60.00025 }))) as Claims;
  expect(Number.isSafeInteger(verdict.expires)).toBe(true);
});
