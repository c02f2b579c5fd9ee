import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { COMPACT, firstThatFits } from "../../../src/auth/signature.ts";
import { segment } from "../../support/tokens.ts";

const KEYS = ["a", "b", "c"].map((letter) => new TextEncoder().encode(letter.repeat(32)));
const jws = (payload: string, key = 0, header: object = { alg: "HS256" }) => {
  const input = `${segment(header)}.${Buffer.from(payload).toString("base64url")}`;
  return `${input}.${createHmac("sha256", KEYS[key] as Uint8Array)
    .update(input)
    .digest("base64url")}`;
};
const fits = (text: string, keys = KEYS, algorithms = ["HS256"]) => firstThatFits(text, keys, algorithms);

describe("AUTH-2 one token has one spelling:", () => {
  test.each<[string, boolean]>([
    ["AQ.AQ.AQ", true],
    ["A-z_.AAE.A-z_AA", true],
    ["a.b.c", false],
    ["AQ.AQ.A-z_A", false],
    ["a.b", false],
    ["a.b.c.d", false],
    ["a.b.", false],
    [".b.c", false],
    ["a..c", false],
    ["a.b.c=", false],
    ["a.b.c ", false],
    [" a.b.c", false],
    ["a.b.c\n", false],
    ["a+.b.c", false],
    ["a/.b.c", false],
    ["a.é.c", false],
    // Bits that no byte takes: a lenient decoder reads AQ of all of these.
    ...["AR", "AS", "AX", "Af"].map((part): [string, boolean] => [`AQ.AQ.${part}`, false]),
    ...["AAF", "AAG", "AAH"].map((part): [string, boolean] => [`AQ.${part}.AQ`, false]),
  ])("%j: %s", (text, is) => {
    expect(COMPACT.test(text)).toBe(is);
  });
});

test("AUTH-2 what any encoder writes has that spelling", () => {
  for (let length = 1; length < 70; length++) {
    const parts = [1, 7, 255].map((byte) => Buffer.alloc(length, byte).toString("base64url"));
    expect(COMPACT.test(parts.join("."))).toBe(true);
  }
});

test("AUTH-2 the payload is there for whichever key signed it", async () => {
  for (const key of [0, 1, 2]) expect(await fits(jws('{"n":1}', key))).toEqual({ n: 1 });
});

test("AUTH-2 with none of the keys there is no payload", async () => {
  expect(await fits(jws("{}", 2), KEYS.slice(0, 2))).toBeNull();
  expect(await fits(jws("{}"), [])).toBeNull();
});

test.each(["", "{", "[]", "null", "5", '"text"'])(
  "AUTH-4 a payload that is no object is none, though it is signed: %j",
  async (payload) => {
    expect(await fits(jws(payload))).toBeNull();
  },
);

test("AUTH-2 the algorithm is the caller's, never the token's", async () => {
  await expect(fits(jws("{}", 0, { alg: "HS512" }))).rejects.toThrow();
  await expect(fits(jws("{}", 0, { alg: "none" }))).rejects.toThrow();
  await expect(fits(jws("{}"), KEYS, ["ES256"])).rejects.toThrow();
  await expect(fits("x.y.z")).rejects.toThrow();
});
