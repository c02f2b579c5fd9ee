import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { derivedKeys, readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { LONGEST_TICKET, mintTicket, readTicket, type Ticket } from "../../../src/auth/ticket.ts";
import { mintGuest, verifyToken } from "../../../src/auth/token.ts";
import { segment, sign } from "../../support/tokens.ts";

const NOW = 1_764_000_000_000;
const SECRET = "s".repeat(32);
const OLD_SECRET = "o".repeat(32);
const KEY = "k".repeat(32);
const secretsOf = (given: Record<string, string>) => readSecrets(given) as Secrets;
const BOTH = secretsOf({ AUTH_SECRET: `${SECRET},${OLD_SECRET}`, API_KEY: KEY });

const TICKET: Ticket = {
  user: "alice",
  kind: "user",
  channel: "room:lobby",
  operations: 3,
  issuedAt: NOW / 1000 - 60,
  expires: NOW + 60_000,
  info: { name: "Älice" },
};
const mint = async (ticket: Partial<Ticket> = {}, secrets = BOTH) =>
  (await mintTicket({ ...TICKET, ...ticket }, secrets)) as string;
const read = (text: string, secrets = BOTH, now = NOW) => readTicket(text, secrets, now);

/** A compact JWS of exactly these parts. */
function jws(header: object, payload: string | Buffer, key: string | Uint8Array, digest = "sha256"): string {
  const input = `${segment(header)}.${Buffer.from(payload).toString("base64url")}`;
  return `${input}.${createHmac(digest, key).update(input).digest("base64url")}`;
}
const ticketKey = async (secrets = BOTH) => (await derivedKeys(secrets, "ticket"))[0] as Uint8Array;
const HEADER = { alg: "HS256", typ: "edgewire-ticket" };
const PAYLOAD = JSON.stringify(TICKET);

test.each([
  ["AUTH_SECRET", BOTH],
  ["API_KEY, where there is nothing else", secretsOf({ API_KEY: KEY })],
])("TICKET-1 what is signed with %s is read as it was made, until it ends", async (_which, secrets) => {
  const text = await mint({}, secrets);
  for (const now of [NOW, TICKET.expires - 1]) expect(await read(text, secrets, now)).toEqual(TICKET);
  for (const now of [TICKET.expires, TICKET.expires + LONGEST_TICKET])
    expect(await read(text, secrets, now)).toBeNull();
});

test.each<Partial<Ticket>>([{ kind: "server", user: "server" }, { kind: "guest", user: "guest-1" }, { info: null }])(
  "TICKET-1 is read as it was made: %j",
  async (parts) => {
    expect(await read(await mint(parts))).toEqual({ ...TICKET, ...parts });
  },
);

test("TICKET-1 stands in a URL as it is, and is short", async () => {
  const text = await mint({
    user: "u".repeat(128),
    channel: `room:${"r".repeat(128)}`,
    info: { name: "n".repeat(1000) },
  });
  expect(encodeURIComponent(text)).toBe(text);
  expect(text.length).toBeLessThan(2500);
});

test("TICKET-1 is good while the secret that made it is one of them", async () => {
  const old = await mint({}, secretsOf({ AUTH_SECRET: OLD_SECRET }));
  expect(await read(old)).toEqual(TICKET);
  expect(await read(old, secretsOf({ AUTH_SECRET: "n".repeat(32), API_KEY: KEY }))).toBeNull();
  expect(await read(await mint(), secretsOf({ AUTH_SECRET: OLD_SECRET }))).toBeNull();
});

test("TICKET-1 with an AUTH_SECRET the API_KEY signs none", async () => {
  const byKey = await mint({}, secretsOf({ API_KEY: KEY }));
  expect(await read(byKey)).toBeNull();
});

test("TICKET-1 with neither there is none, and none is valid", async () => {
  const jwks = secretsOf({ AUTH_JWKS_URL: "https://keys.example/jwks" });
  expect(await mintTicket(TICKET, jwks)).toBeNull();
  expect(await read(await mint(), jwks)).toBeNull();
  expect(await read(jws(HEADER, PAYLOAD, ""), jwks)).toBeNull();
});

describe("TICKET-1 is no ticket:", () => {
  const wrong: [string, () => Promise<string> | string][] = [
    ["nothing", () => ""],
    ["a word", () => "ticket"],
    ["two segments", async () => (await mint()).split(".").slice(0, 2).join(".")],
    ["four segments", async () => `${await mint()}.x`],
    ["an empty signature", async () => (await mint()).replace(/[^.]+$/, "")],
    ["one with padding", async () => `${await mint()}=`],
    ["one with a space", async () => `${await mint()} `],
    ["one with another last letter", async () => (await mint()).replace(/.$/, (last) => (last === "A" ? "E" : "A"))],
    [
      "one with another user in it",
      async () => {
        const [head, , tail] = (await mint()).split(".");
        return `${head}.${segment({ ...TICKET, user: "bob" })}.${tail}`;
      },
    ],
    ["one that says alg none", async () => `${segment({ ...HEADER, alg: "none" })}.${(await mint()).split(".")[1]}.AA`],
    ["one with HS512", async () => jws({ ...HEADER, alg: "HS512" }, PAYLOAD, await ticketKey(), "sha512")],
    ["one that says HS384 and is HS256", async () => jws({ ...HEADER, alg: "HS384" }, PAYLOAD, await ticketKey())],
    ["one signed with the secret itself", () => jws(HEADER, PAYLOAD, SECRET)],
    ["one signed with the API key", () => jws(HEADER, PAYLOAD, KEY)],
    ["one signed with the guests' key", async () => jws(HEADER, PAYLOAD, (await derivedKeys(BOTH, "guest"))[0] ?? "")],
    ["a user's token", () => sign({ claims: { sub: "alice", exp: NOW / 1000 + 60, ...TICKET }, secret: SECRET })],
    ["a guest's token", async () => (await mintGuest("guest-1", BOTH, NOW))?.token ?? ""],
    ["a critical header", async () => jws({ ...HEADER, crit: ["exp"], exp: 1 }, PAYLOAD, await ticketKey())],
    ["the key, signed payload no JSON", async () => jws(HEADER, "{", await ticketKey())],
    ["the key, an array", async () => jws(HEADER, "[]", await ticketKey())],
    ["the key, null", async () => jws(HEADER, "null", await ticketKey())],
    [
      "the key, without an end",
      async () => jws(HEADER, JSON.stringify({ ...TICKET, expires: undefined }), await ticketKey()),
    ],
    ["the key, ended", async () => jws(HEADER, JSON.stringify({ ...TICKET, expires: NOW }), await ticketKey())],
  ];
  test.each(wrong)("%s", async (_what, make) => {
    expect(await read(await make())).toBeNull();
  });
});

test("TICKET-1 AUTH-4 a ticket is no token, and what its key signs is none either", async () => {
  const ticket = await mint();
  const claims = JSON.stringify({ sub: "alice", exp: NOW / 1000 + 60, capabilities: { "*": ["*"] } });
  const key = await ticketKey();
  for (const text of [
    ticket,
    ...[HEADER, { alg: "HS256" }, { alg: "HS256", typ: "edgewire-guest" }].map((header) => jws(header, claims, key)),
  ])
    expect(await verifyToken(text, BOTH, NOW)).toBe("invalid");
});

test("TICKET-1 the longest life is an hour", () => {
  expect(LONGEST_TICKET).toBe(3_600_000);
});
