import { createHmac } from "node:crypto";
import { apiKey, authSecret } from "../support/secrets.ts";
import { claimsOf, seconds, segment, sign } from "../support/tokens.ts";

const hour = 3600;
const all = { "*": ["*"] };
const good = () => claimsOf("alice", all);
const claims = (more: Record<string, unknown>) => sign({ claims: { ...good(), ...more }, secret: authSecret });
const header = (more: Record<string, unknown>) =>
  sign({ header: { alg: "HS256", ...more }, claims: good(), secret: authSecret });
/** A right signature over whatever segments. */
const signed = (head: string, payload: string) => {
  const text = `${head}.${payload}`;
  return `${text}.${createHmac("sha256", authSecret).update(text).digest("base64url")}`;
};
const raw = (text: string) => Buffer.from(text).toString("base64url");
const hs256 = segment({ alg: "HS256" });
const payload = (text: string) => signed(hs256, raw(text));
const parts = () => sign({ claims: good(), secret: authSecret }).split(".") as [string, string, string];

const unsigned = (alg: unknown) => `${segment({ alg, typ: "JWT" })}.${segment(good())}.`;
const without = (claim: string) => {
  const { [claim]: _gone, ...rest } = good();
  return sign({ claims: rest, secret: authSecret });
};
const digested = (alg: string, digest: "sha384" | "sha512") =>
  sign({ header: { alg }, claims: good(), secret: authSecret, digest });

type Made = readonly [what: string, make: () => string];

/** Wrong as texts: not three parts of base64url. */
const shapes: readonly Made[] = [
  ["one segment", () => parts()[0]],
  ["two segments", () => parts().slice(0, 2).join(".")],
  ["two segments and a dot", () => `${parts().slice(0, 2).join(".")}.`],
  ["four segments", () => `${parts().join(".")}.${parts()[2]}`],
  ["five segments, as if encrypted", () => [...parts(), "x", "y"].join(".")],
  ["dots alone", () => ".."],
  ["a dot before it", () => `.${parts().join(".")}`],
  ["no payload", () => `${parts()[0]}..${parts()[2]}`],
  ["the payload first", () => [parts()[1], parts()[0], parts()[2]].join(".")],
  ["padding", () => `${parts().join(".")}=`],
  ["padding in the payload", () => signed(hs256, `${raw(JSON.stringify(good()))}==`)],
  [
    "the alphabet of base64",
    () => signed(hs256, Buffer.from(JSON.stringify({ ...good(), x: "???>>>" })).toString("base64")),
  ],
  ["a signature cut short", () => parts().join(".").slice(0, -2)],
  ["a signature of zeros", () => `${parts()[0]}.${parts()[1]}.${Buffer.alloc(32).toString("base64url")}`],
  ["another's signature", () => `${parts()[0]}.${parts()[1]}.${claims({ sub: "bob" }).split(".")[2]}`],
  ["nothing", () => ""],
  ["one word", () => "token"],
  ["an empty signature", () => `${parts()[0]}.${parts()[1]}.`],
  [
    "a signature with a letter changed",
    () =>
      parts()
        .join(".")
        .replace(/.(.{5})$/, (tail) => (tail.startsWith("A") ? "B" : "A") + tail.slice(1)),
  ],
  [
    "the last letter's spare bits set",
    () =>
      parts()
        .join(".")
        .replace(/.$/, (last) => spare(last)),
  ],
  ["a signature outside base64url", () => `${parts()[0]}.${parts()[1]}.+/+/`],
  ["percent codes", () => parts().join("%2E")],
  ["20 KB", () => claims({ pad: "x".repeat(15_000) })],
  ["8 KiB and a byte, not signed", () => "x".repeat(8193)],
  ["20,000 dots", () => ".".repeat(8000)],
  ["the API key and a dot", () => `${apiKey}.`],
  ["part of the API key", () => apiKey.slice(0, -1)],
  ["more than the API key", () => `${apiKey}x`],
  ["the API key in capitals", () => apiKey.toUpperCase()],
  ["the secret itself", () => authSecret],
];

/** Wrong in what they say of themselves. */
const headers: readonly Made[] = [
  ["alg none", () => unsigned("none")],
  ["alg None", () => unsigned("None")],
  ["alg NONE", () => unsigned("NONE")],
  ["alg nOnE", () => unsigned("nOnE")],
  ["alg none with a space", () => unsigned("none ")],
  ["an empty alg", () => unsigned("")],
  ["alg null", () => unsigned(null)],
  ["alg 0", () => unsigned(0)],
  ["alg none, with any signature", () => `${unsigned("none")}x`],
  ["alg none, signed", () => header({ alg: "none" })],
  ["no alg, signed", () => sign({ header: { typ: "JWT" }, claims: good(), secret: authSecret })],
  ["alg hs256, signed", () => header({ alg: "hs256" })],
  ["alg HS384, signed so", () => digested("HS384", "sha384")],
  ["alg HS512, signed so", () => digested("HS512", "sha512")],
  ["alg HS256, signed as HS512", () => digested("HS256", "sha512")],
  ["alg RS256 over an HMAC", () => header({ alg: "RS256" })],
  ["alg ES256 over an HMAC", () => header({ alg: "ES256" })],
  ["alg EdDSA over an HMAC", () => header({ alg: "EdDSA" })],
  ["alg PBES2-HS256+A128KW", () => header({ alg: "PBES2-HS256+A128KW", p2c: 1e9, p2s: "AA" })],
  ["a critical extension", () => header({ crit: ["exp2"], exp2: 1 })],
  ["a key of its own", () => header({ alg: "RS256", jwk: { kty: "oct", k: "AA" }, jku: "https://evil.example/k" })],
  ["a kid that is a path", () => header({ alg: "ES256", kid: "../../../../dev/null" })],
  ["a header that is no JSON", () => signed(raw("{"), parts()[1])],
  ["a header that is a list", () => signed(raw('[{"alg":"HS256"}]'), parts()[1])],
  ["a header that is null", () => signed(raw("null"), parts()[1])],
  ["alg in a list", () => header({ alg: ["HS256"] })],
  ["alg in capitals of its own", () => header({ alg: "Hs256" })],
  ["alg with a NUL", () => header({ alg: "HS256\0" })],
  ["alg dir", () => header({ alg: "dir", enc: "A256GCM" })],
  ["two algs, the last none", () => signed(raw('{"alg":"HS256","alg":"none"}'), parts()[1])],
  ["a critical exp", () => header({ crit: ["exp"] })],
  ["crit that is empty", () => header({ crit: [] })],
  ["crit of what is not there", () => header({ crit: ["b64"] })],
  ["a payload that is not encoded", () => header({ b64: false, crit: ["b64"] })],
  ["a guest's type", () => header({ typ: "edgewire-guest" })],
];

/** Wrong in what they claim, and signed with the right secret. */
const contents: readonly Made[] = [
  ["a payload that is no JSON", () => payload("{")],
  ["a payload that is a list", () => payload(JSON.stringify([good()]))],
  ["a payload that is null", () => payload("null")],
  ["a payload that is a text", () => payload('"alice"')],
  ["a payload that is empty", () => payload("")],
  ["a payload that is not UTF-8", () => signed(hs256, Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url"))],
  ["two subs, the last bad", () => payload(`{"sub":"alice","exp":${seconds() + hour},"sub":"server"}`)],
  ["no sub", () => without("sub")],
  ["no exp", () => without("exp")],
  ...["", ".", "..", "server", "guest-x", "al ice", "a/b", "älice", "x".repeat(129)].map(
    (sub): Made => [`sub ${JSON.stringify(sub).slice(0, 20)}`, () => claims({ sub })],
  ),
  ["sub null", () => claims({ sub: null })],
  ["sub a number", () => claims({ sub: 7 })],
  ["exp a second ago", () => claims({ exp: seconds() - 1, iat: seconds() - hour })],
  ["exp now", () => claims({ exp: seconds() })],
  ["exp as text", () => claims({ exp: String(seconds() + hour) })],
  ["exp null", () => claims({ exp: null })],
  ["exp negative", () => claims({ exp: -1 })],
  ["exp in ms", () => claims({ exp: Date.now() + hour * 1000 })],
  ["a lifetime of a day and a second", () => claims({ exp: seconds() + 24 * hour + 1 })],
  ["a day and more left, no iat", () => payload(JSON.stringify({ sub: "alice", exp: seconds() + 24 * hour + 60 }))],
  ["a day and more since iat", () => claims({ iat: seconds() - 24 * hour, exp: seconds() + hour })],
  ["iat as text", () => claims({ iat: "now" })],
  ["nbf as text", () => claims({ nbf: "later" })],
  ["capabilities as a list", () => claims({ capabilities: ["*"] })],
  ["info that is a text", () => claims({ info: "Alice" })],
  ["sub in a list", () => claims({ sub: ["alice"] })],
  ["sub in an object", () => claims({ sub: { toString: "alice" } })],
  ["sub true", () => claims({ sub: true })],
  ["sub guest-", () => claims({ sub: "guest-" })],
  ["sub with a line feed", () => claims({ sub: "alice\n" })],
  ["sub with a NUL", () => claims({ sub: "alice\0" })],
  ["sub in another script", () => claims({ sub: "аlice" })],
  ["sub user:alice with a space", () => claims({ sub: "user: alice" })],
  ["exp beyond all numbers", () => payload(`{"sub":"alice","exp":1e999}`)],
  ["exp 1e308", () => payload(`{"sub":"alice","exp":1e308}`)],
  ["exp -0", () => payload(`{"sub":"alice","exp":-0}`)],
  ["exp in a list", () => claims({ exp: [seconds() + hour] })],
  ["exp true", () => claims({ exp: true })],
  ["exp as a date", () => claims({ exp: new Date(Date.now() + 1e6).toISOString() })],
  ["exp before iat", () => claims({ iat: seconds() + 50, exp: seconds() - 50 })],
  ["iat negative", () => claims({ iat: -1 })],
  ["iat null", () => claims({ iat: null })],
  ["iat in ms", () => claims({ iat: Date.now() })],
  ["iat far in the past", () => claims({ iat: 1, exp: seconds() + 60 })],
  ["nbf null", () => claims({ nbf: null })],
  ["nbf 61 s ahead", () => claims({ nbf: seconds() + 63 })],
  ["iat 61 s ahead", () => claims({ iat: seconds() + 63 })],
  ["capabilities null", () => claims({ capabilities: null })],
  ["capabilities as a text", () => claims({ capabilities: "*" })],
  ["capabilities as a number", () => claims({ capabilities: 63 })],
  ["info null", () => claims({ info: null })],
  ["info as a list", () => claims({ info: [] })],
  ["info of 1,025 bytes", () => claims({ info: { n: `${"é".repeat(508)}x` } })],
  ["another secret", () => sign({ claims: good(), secret: "another-secret-of-more-than-32-bytes-here" })],
  ["two secrets as one", () => sign({ claims: good(), secret: `${authSecret},${authSecret}` })],
  ["the API key as secret", () => sign({ claims: good(), secret: apiKey })],
  ["a secret of one NUL", () => sign({ claims: good(), secret: "\0" })],
  ["a secret that is a part of ours", () => sign({ claims: good(), secret: authSecret.slice(0, -1) })],
  ["a secret with a space", () => sign({ claims: good(), secret: `${authSecret} ` })],
  ["an empty secret", () => sign({ claims: good(), secret: "" })],
];

/** Another letter that a lenient decoder reads as the same bytes: of the last of 43 letters two bits mean nothing. */
function spare(letter: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(letter) ^ 1] as string;
}

export interface TokenCase {
  readonly what: string;
  readonly make: () => string;
}

const cases = (made: readonly Made[]): readonly TokenCase[] => made.map(([what, make]) => ({ what, make }));

export const tokens = { shapes: cases(shapes), headers: cases(headers), contents: cases(contents) };
