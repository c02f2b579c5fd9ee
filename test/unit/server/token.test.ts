import { describe, expect, test } from "vitest";
import { readSecrets } from "../../../src/auth/secrets.ts";
import { verifyToken } from "../../../src/auth/token.ts";
import {
  type Capabilities,
  EdgewireServer,
  type EdgewireServerOptions,
  type TokenOptions,
} from "../../../src/server/index.ts";

const secret = "a-secret-of-at-least-thirty-two-bytes";
const now = 1_795_310_289_597;
const options = { url: "https://rt.example.com", secret, now: () => now };
const capabilities: Capabilities = { "room:*": ["subscribe", "publish"], "user:bob": ["*"] };

async function verdict(token: string, given: Record<string, string> = { AUTH_SECRET: secret }, at = now) {
  const secrets = readSecrets(given);
  if ("problem" in secrets) throw new Error(secrets.problem);
  return verifyToken(token, secrets, at);
}

describe("a token", () => {
  test("is what the service takes", async () => {
    const info = { name: "Älice 🦊" };
    const token = await new EdgewireServer(options).token("alice", capabilities, { info, ttl: 60 });
    const issuedAt = Math.floor(now / 1000);
    expect(await verdict(token)).toEqual({
      user: "alice",
      kind: "user",
      issuedAt,
      expires: (issuedAt + 60) * 1000,
      info,
      capabilities,
    });
    expect(await verdict(token, { AUTH_SECRET: secret }, now + 60_000)).toBe("invalid");
  });

  test("lasts an hour and may do nothing beyond one's own inbox, if nothing else is said", async () => {
    const claims = await verdict(await new EdgewireServer(options).token("alice"));
    expect(claims).toMatchObject({ expires: (Math.floor(now / 1000) + 3600) * 1000, info: null, capabilities: {} });
  });

  test("is signed with the first secret while two are valid", async () => {
    const newer = "the-newer-secret-of-thirty-two-bytes";
    const token = await new EdgewireServer({ ...options, secret: ` ${newer} , ${secret}` }).token("alice");
    expect(await verdict(token, { AUTH_SECRET: newer })).toMatchObject({ user: "alice" });
    expect(await verdict(token)).toBe("invalid");
  });

  test("says issuer and audience where the service asks for them", async () => {
    const named = { issuer: "https://app.example.com", audience: "chat" };
    const given = { AUTH_SECRET: secret, AUTH_ISSUER: named.issuer, AUTH_AUDIENCE: named.audience };
    expect(await verdict(await new EdgewireServer({ ...options, ...named }).token("alice"), given)).not.toBe("invalid");
    expect(await verdict(await new EdgewireServer(options).token("alice"), given)).toBe("invalid");
  });
});

describe("what the service would refuse is refused at once", () => {
  const cases: [
    string,
    string,
    { user?: string; capabilities?: Capabilities; more?: TokenOptions } & Partial<EdgewireServerOptions>,
  ][] = [
    ["a user that is no id", "bad_id", { user: "a b" }],
    ["the service's own name", "bad_id", { user: "server" }],
    ["a guest's name", "bad_id", { user: "guest-1" }],
    ["an operation that is none", "bad_request", { capabilities: { "room:*": ["fly"] } as never }],
    ["operations that are no list", "bad_request", { capabilities: { "room:*": "*" } as never }],
    ["no time to live", "bad_request", { more: { ttl: 0 } }],
    ["more than a day", "bad_request", { more: { ttl: 24 * 3600 + 1 } }],
    ["no number", "bad_request", { more: { ttl: Number.NaN } }],
    ["too much said of the user", "too_large", { more: { info: { bio: "ä".repeat(600) } } }],
    ["a short secret", "not_configured", { secret: "short" }],
  ];
  for (const [name, code, { user = "alice", capabilities: granted = {}, more = {}, ...other }] of cases)
    test(name, async () => {
      const server = new EdgewireServer({ ...options, ...other });
      await expect(server.token(user, granted, more)).rejects.toMatchObject({ name: "EdgewireError", code });
    });

  test("no secret at all", async () => {
    const server = new EdgewireServer({ url: "https://rt.example.com" });
    await expect(server.token("alice")).rejects.toMatchObject({ code: "not_configured" });
  });
});
