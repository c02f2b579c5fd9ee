import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { derivedKeys, readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { mintGuest, verifyToken } from "../../../src/auth/token.ts";
import { segment, sign } from "../../support/tokens.ts";

const NOW = 1_764_000_000_123;
const secretsOf = (given: Record<string, string>) => readSecrets(given) as Secrets;
const BOTH = secretsOf({ AUTH_SECRET: `${"s".repeat(32)},${"o".repeat(32)}`, API_KEY: "k".repeat(32) });
const ONLY_KEY = secretsOf({ API_KEY: "k".repeat(32) });
const ONLY_JWKS = secretsOf({ AUTH_JWKS_URL: "https://keys.example/jwks" });

const mint = async (secrets = BOTH) => (await mintGuest("guest-1", secrets, NOW)) as { token: string; expires: number };

test.each([
  ["AUTH_SECRET", BOTH],
  ["API_KEY", ONLY_KEY],
])("GUEST-2 a guest's token is good for 24 h, with %s", async (_which, secrets) => {
  const { token, expires } = await mint(secrets);
  const guest = { user: "guest-1", kind: "guest", issuedAt: null, expires, info: null, capabilities: {} };
  expect(expires).toBe(Math.floor(NOW / 1000) * 1000 + 86_400_000);
  expect(await verifyToken(token, secrets, NOW)).toEqual(guest);
  expect(await verifyToken(token, secrets, expires - 1)).toEqual(guest);
  expect(await verifyToken(token, secrets, expires)).toBe("invalid");
});

test("GUEST-2 it is good while the secret that made it is one of them", async () => {
  const { token } = await mint(secretsOf({ AUTH_SECRET: "o".repeat(32) }));
  expect(await verifyToken(token, BOTH, NOW)).toMatchObject({ kind: "guest" });
  expect(await verifyToken(token, secretsOf({ AUTH_SECRET: "n".repeat(32) }), NOW)).toBe("invalid");
});

test("GUEST-2 without a secret there are none", async () => {
  expect(await mintGuest("guest-1", ONLY_JWKS, NOW)).toBeNull();
});

test("GUEST-2 S1 what makes a guest makes no user, and the other way round", async () => {
  const claims = { sub: "alice", exp: Math.floor(NOW / 1000) + 60, capabilities: { "*": ["*"] } };
  const [guestKey = new Uint8Array()] = await derivedKeys(BOTH, "guest");
  const withGuestKey = (header: object) => {
    const input = `${segment(header)}.${segment(claims)}`;
    return `${input}.${createHmac("sha256", guestKey).update(input).digest("base64url")}`;
  };
  const guest = { user: "alice", kind: "guest", capabilities: {} };
  expect(await verifyToken(withGuestKey({ alg: "HS256", typ: "edgewire-guest" }), BOTH, NOW)).toMatchObject(guest);
  expect(await verifyToken(withGuestKey({ alg: "HS256" }), BOTH, NOW)).toBe("invalid");
  const header = { alg: "HS256", typ: "edgewire-guest" };
  expect(await verifyToken(sign({ header, claims, secret: "s".repeat(32) }), BOTH, NOW)).toBe("invalid");
});

test("GUEST-2 keys for different purposes differ, and are as many as the secrets", async () => {
  const [guest, other] = [await derivedKeys(BOTH, "guest"), await derivedKeys(BOTH, "ticket")];
  expect([guest.length, guest[0]?.length]).toEqual([2, 32]);
  expect(guest[0]).not.toEqual(other[0]);
  expect(guest[0]).not.toEqual(guest[1]);
});
