import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { DEFAULT_TTL, mint } from "../../../src/cli/mint.mjs";

const secret = "a secret of at least thirty-two bytes";
const now = 1_764_000_000_999;

function open(token: string): { header: unknown; claims: unknown; signatureHolds: boolean } {
  const [header = "", claims = "", signature] = token.split(".");
  const expected = createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url");
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  return { header: decode(header), claims: decode(claims), signatureHolds: signature === expected };
}

test("a token is a JWT signed with HS256, in whole seconds", () => {
  const capabilities = { "room:*": ["subscribe"] };
  expect(open(mint({ secret, user: "alice", capabilities, info: { name: "Älice" }, ttl: 60, now }))).toEqual({
    header: { alg: "HS256", typ: "JWT" },
    claims: { sub: "alice", iat: 1_764_000_000, exp: 1_764_000_060, capabilities, info: { name: "Älice" } },
    signatureHolds: true,
  });
});

test("without ttl and info a token lasts 12 hours and has no claim info", () => {
  expect(open(mint({ secret, user: "bob", capabilities: {}, now })).claims).toEqual({
    sub: "bob",
    iat: 1_764_000_000,
    exp: 1_764_000_000 + DEFAULT_TTL,
    capabilities: {},
  });
  expect(DEFAULT_TTL).toBe(12 * 3600);
});
