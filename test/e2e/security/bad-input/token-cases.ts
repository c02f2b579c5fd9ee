import { createHmac } from "node:crypto";
import { authSecret } from "../../../support/service.ts";
import { claimsOf, seconds, segment, sign } from "../../../support/tokens.ts";

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

/** Tokens with nothing in them that a header could not carry, each wrong in its own way. */
export const TOKEN_CASES: [what: string, make: () => string][] = [
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
  ["a payload that is no JSON", () => payload("{")],
  ["a payload that is a list", () => payload(JSON.stringify([good()]))],
  ["a payload that is null", () => payload("null")],
  ["a payload that is a text", () => payload('"alice"')],
  ["a payload that is empty", () => payload("")],
  ["a payload that is not UTF-8", () => signed(hs256, Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url"))],
  ["two subs, the last bad", () => payload(`{"sub":"alice","exp":${seconds() + hour},"sub":"server"}`)],
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
  ["a guest's type", () => header({ typ: "edgewire-guest" })],
  ["a secret that is a part of ours", () => sign({ claims: good(), secret: authSecret.slice(0, -1) })],
  ["a secret with a space", () => sign({ claims: good(), secret: `${authSecret} ` })],
  ["an empty secret", () => sign({ claims: good(), secret: "" })],
];
