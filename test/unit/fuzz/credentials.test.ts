import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operationsFor } from "../../../src/auth/capabilities.ts";
import type { Secrets } from "../../../src/auth/secrets.ts";
import { mintTicket, readTicket } from "../../../src/auth/ticket.ts";
import { LONGEST_LIFE, verifyToken } from "../../../src/auth/token.ts";
import { claimsOf } from "../../../src/client/token-claims.ts";
import { isGuestId, isId } from "../../../src/protocol/address.ts";
import { ALL_OPERATIONS } from "../../../src/protocol/operations.ts";
import { anyText } from "../../support/any-text.ts";
import { holds, holdsAsync } from "../../support/property.ts";

const SECRET = "s".repeat(32);
const secrets: Secrets = {
  signing: [new TextEncoder().encode(SECRET)],
  apiKey: null,
  jwksUrl: null,
  issuer: null,
  audience: null,
};
/** ms */
const NOW = 1_764_000_000_000;

const base64url = (text: string) => Buffer.from(text).toString("base64url");
const signed = (header: string, payload: string) => {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
};

const seconds = NOW / 1000;
const time = fc.oneof(
  fc.integer({ min: seconds - 200, max: seconds + LONGEST_LIFE + 200 }),
  fc.double(),
  fc.jsonValue(),
);
const wrong: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  sub: fc.oneof(fc.constantFrom("bob", "server", "guest-1", "..", "a b"), anyText, fc.jsonValue()),
  exp: time,
  iat: time,
  nbf: time,
  info: fc.jsonValue(),
  capabilities: fc.oneof(fc.dictionary(anyText, fc.array(fc.constantFrom("publish", "*", "x"))), fc.jsonValue()),
};
/** Those of a good token, of which some are anything. */
const claims = fc
  .subarray(Object.keys(wrong), { maxLength: 2 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, wrong[name] as fc.Arbitrary<unknown>]))))
  .map((fields) => ({ sub: "alice", exp: seconds + 3600, iat: seconds, ...fields }));
const header = fc.oneof(
  { weight: 4, arbitrary: fc.constant('{"alg":"HS256"}') },
  {
    weight: 1,
    arbitrary: fc
      .record({ alg: fc.constantFrom("none", "HS512", "ES256", "RS256"), typ: fc.string() })
      .map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.json() },
);
const payload = fc.oneof({ weight: 5, arbitrary: claims.map((value) => JSON.stringify(value)) }, fc.json(), anyText);
/** Signed, whatever they say; and texts that look like it. */
const tokens = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(header, payload).map(([head, body]) => signed(head, body)) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(anyText, fc.base64String(), fc.json().map(base64url)), { maxLength: 5 })
      .map((parts) => parts.join(".")),
  },
  { weight: 1, arbitrary: anyText },
);

test("AUTH-2 AUTH-3 whatever a token is, it is invalid, or says only what a token may", async () => {
  let valid = 0;
  await holdsAsync(
    fc.asyncProperty(tokens, async (token) => {
      const verdict = await verifyToken(token, secrets, NOW);
      if (verdict === "invalid") return;
      if (!("user" in verdict)) throw new Error("there is no key server");
      valid++;
      expect(verdict.kind).toBe("user");
      expect(isId(verdict.user) && verdict.user !== "server" && !isGuestId(verdict.user)).toBe(true);
      const { expires, issuedAt, info } = verdict;
      expect(Number.isSafeInteger(expires) && (expires as number) > NOW).toBe(true);
      expect((expires as number) - (issuedAt === null ? NOW : issuedAt * 1000)).toBeLessThanOrEqual(
        (LONGEST_LIFE + 1) * 1000,
      );
      expect(issuedAt === null || Number.isSafeInteger(issuedAt)).toBe(true);
      expect(JSON.stringify(info).length).toBeLessThanOrEqual(1024);
      expect(operationsFor(verdict, [], "room:a") & ~ALL_OPERATIONS).toBe(0);
    }),
    1500,
  );
  expect(valid).toBeGreaterThan(20);
});

test("AUTH-4 nothing but the token itself is the token, however little is changed", async () => {
  const good = signed('{"alg":"HS256"}', JSON.stringify({ sub: "alice", exp: seconds + 60 }));
  expect(await verifyToken(good, secrets, NOW)).toMatchObject({ user: "alice" });
  const letter = fc.constantFrom("A", "B", "_", "-", ".", "=", "+", " ", "");
  await holdsAsync(
    fc.asyncProperty(fc.nat(good.length), letter, fc.boolean(), async (at, letter, isInserted) => {
      const text = good.slice(0, at) + letter + good.slice(isInserted ? at : at + 1);
      if (text !== good) expect(await verifyToken(text, secrets, NOW)).toBe("invalid");
    }),
    1000,
  );
});

test("TICKET-1 whatever a ticket is, it is null; but for those that were made here, which say what was put in", async () => {
  const ticket = { user: "alice", kind: "user", channel: "room:a", operations: 1, issuedAt: null, info: null } as const;
  const good = (await mintTicket({ ...ticket, expires: NOW + 1 }, secrets)) as string;
  const near = fc
    .tuple(fc.nat(good.length), fc.constantFrom("A", "B", "_", ".", "=", ""))
    .map(([at, letter]) => good.slice(0, at) + letter + good.slice(at + 1));
  await holdsAsync(
    fc.asyncProperty(fc.oneof(tokens, near), async (text) => {
      const read = await readTicket(text, secrets, NOW);
      expect(read).toEqual(text === good ? { ...ticket, expires: NOW + 1 } : null);
    }),
    700,
  );
  expect(await readTicket(good, secrets, NOW + 1)).toBeNull();
});

test("C4 whatever an application gives as its token, what it says of itself is a name and a time", () => {
  holds(
    fc.property(fc.oneof(tokens, fc.constant(null)), (token) => {
      const { user, expires } = claimsOf(token);
      expect(typeof user).toBe("string");
      expect(typeof expires).toBe("number");
    }),
    1000,
  );
});
