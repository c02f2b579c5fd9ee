import { expect, test } from "vitest";
import { readSecrets } from "../../../src/auth/secrets.ts";

const A = "a".repeat(32);
const B = "b".repeat(32);
const bytes = (text: string) => new TextEncoder().encode(text);
const NOTHING = { signing: [], apiKey: null, jwksUrl: null, issuer: null, audience: null };

test.each([
  [{ AUTH_SECRET: A }, { signing: [bytes(A)] }],
  [{ AUTH_SECRET: `${A},${B}` }, { signing: [bytes(A), bytes(B)] }],
  [{ AUTH_SECRET: ` ${A} , ${B},` }, { signing: [bytes(A), bytes(B)] }],
  [{ AUTH_SECRET: "é".repeat(16) }, { signing: [bytes("é".repeat(16))] }],
  [{ API_KEY: A }, { apiKey: bytes(A) }],
  [{ AUTH_SECRET: "", API_KEY: A }, { apiKey: bytes(A) }],
  [
    { AUTH_SECRET: A, API_KEY: B },
    { signing: [bytes(A)], apiKey: bytes(B) },
  ],
  [{ AUTH_JWKS_URL: "https://keys.example/jwks" }, { jwksUrl: "https://keys.example/jwks" }],
  [{ AUTH_JWKS_URL: "http://localhost:9/k" }, { jwksUrl: "http://localhost:9/k" }],
  [
    { AUTH_SECRET: A, AUTH_ISSUER: "i", AUTH_AUDIENCE: "a" },
    { signing: [bytes(A)], issuer: "i", audience: "a" },
  ],
])("AUTH-8 %j can be worked with", (given, expected) => {
  expect(readSecrets(given)).toEqual({ ...NOTHING, ...expected });
});

test.each([
  [{}, "AUTH_SECRET or AUTH_JWKS_URL"],
  [{ AUTH_SECRET: "", API_KEY: "" }, "AUTH_SECRET or AUTH_JWKS_URL"],
  [{ AUTH_SECRET: " , " }, "AUTH_SECRET or AUTH_JWKS_URL"],
  [{ AUTH_SECRET: "a".repeat(31) }, "AUTH_SECRET is too short"],
  [{ AUTH_SECRET: `${A},short` }, "AUTH_SECRET is too short"],
  [{ AUTH_SECRET: `${" ".repeat(40)}a` }, "AUTH_SECRET is too short"],
  [{ API_KEY: "k".repeat(31) }, "API_KEY is too short"],
  [{ AUTH_SECRET: A, API_KEY: "k" }, "API_KEY is too short"],
  [{ AUTH_JWKS_URL: "keys" }, "AUTH_JWKS_URL must be"],
  [{ AUTH_JWKS_URL: "http://keys.example/jwks" }, "AUTH_JWKS_URL must be"],
  [{ AUTH_JWKS_URL: "http://localhost.evil.example/jwks" }, "AUTH_JWKS_URL must be"],
  [{ AUTH_JWKS_URL: "file:///etc/passwd" }, "AUTH_JWKS_URL must be"],
])("AUTH-8 %j is told with what to set, and no secret in it", (given, sentence) => {
  const { problem } = readSecrets(given) as { problem: string };
  expect(problem).toContain(sentence);
  expect(problem).toMatch(/[.`]$/);
  for (const secret of [A, "short", "a".repeat(31), "k".repeat(31)]) expect(problem).not.toContain(`${secret} `);
});
