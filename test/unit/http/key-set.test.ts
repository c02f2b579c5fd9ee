import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { KeySet, KeysUnavailable } from "../../../src/auth/key-set.ts";
import { type KeyServer, type Mood, newKey, type SigningKey, startKeyServer } from "../../support/key-server.ts";

const SECOND = 1000;
const COOLDOWN = 30 * SECOND;
const FRESH = 600 * SECOND;
const DAY = 86_400 * SECOND;
const start = 1_764_000_000_000;

let server: KeyServer;
let set: KeySet;
let now = start;
let [old, young]: SigningKey[] = [];

beforeAll(async () => {
  // jose asks whether it runs on Workers, where one request cannot wait for the fetch of another.
  vi.stubGlobal("WebSocketPair", class {});
  [old, young] = await Promise.all([newKey("ES256", "old"), newKey("ES256", "young")]);
});
afterAll(() => {
  vi.unstubAllGlobals();
});
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  now = start;
  server = await startKeyServer(old as SigningKey);
  set = new KeySet(server.url);
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

/** Lets so many ms pass: for the argument, and for jose, which looks at `Date`. */
function pass(ms: number): void {
  now += ms;
  vi.setSystemTime(now);
}

/** How many keys there are for a token with that `kid`, or "unavailable". */
async function keysFor(kid: string | undefined, alg = "ES256"): Promise<number | "unavailable"> {
  const header = kid === undefined ? { alg } : { alg, kid };
  try {
    return (await set.candidates(header, { protected: "", payload: "", signature: "" }, now)).length;
  } catch (error) {
    if (error instanceof KeysUnavailable) return "unavailable";
    throw error;
  }
}

const broken: [string, Mood][] = [
  ["an error", "error"],
  ["a reset connection", "reset"],
  ["a redirect", "redirect"],
  ["no capacity", "busy"],
  ["HTML", { nonsense: "<!doctype html><h1>It works!</h1>" }],
  ["nothing", { nonsense: "" }],
  ["null", { nonsense: "null" }],
  ["a list", { nonsense: "[]" }],
  ["no keys", { nonsense: "{}" }],
  ["keys that are a text", { nonsense: '{"keys":"all of them"}' }],
  ["keys that are no objects", { nonsense: '{"keys":[1,null]}' }],
  ["half of it", { nonsense: '{"keys":[{"kty":"EC"' }],
];

describe("a key server that answers", () => {
  test("AUTH-10: is asked once in 10 minutes", async () => {
    for (let minute = 0; minute < 10; minute++) {
      for (let n = 0; n < 20; n++) expect(await keysFor("old")).toBe(1);
      pass(FRESH / 10 - 1);
    }
    expect(server.requests).toBe(1);
    pass(10);
    expect(await keysFor("old")).toBe(1);
    expect(server.requests).toBe(2);
  });

  test("AUTH-10: a new key is found as soon as the cooldown is over, and not asked for before", async () => {
    expect(await keysFor("old")).toBe(1);
    server.show(old as SigningKey, young as SigningKey);
    pass(COOLDOWN - 1);
    expect(await keysFor("young")).toBe(0);
    expect(server.requests).toBe(1);
    pass(1);
    expect(await keysFor("young")).toBe(1);
    expect(await keysFor("old")).toBe(1);
    expect(server.requests).toBe(2);
  });

  test("AUTH-10: a key that was withdrawn is good for 10 minutes more at most", async () => {
    expect(await keysFor("old")).toBe(1);
    server.show(young as SigningKey);
    pass(FRESH);
    expect(await keysFor("old")).toBe(0);
    expect(await keysFor("young")).toBe(1);
  });

  test("AUTH-10: a flood of unknown keys makes it be asked once a cooldown", async () => {
    await keysFor("old");
    for (let cooldown = 1; cooldown <= 3; cooldown++) {
      pass(COOLDOWN);
      for (let n = 0; n < 50; n++) expect(await keysFor(`made-up-${cooldown}-${n}`)).toBe(0);
      expect(server.requests).toBe(1 + cooldown);
    }
  });

  test("AUTH-10: a flood of unknown keys at the same moment makes it be asked once", async () => {
    await keysFor("old");
    pass(COOLDOWN);
    await Promise.all(Array.from({ length: 30 }, (_, n) => keysFor(`made-up-${n}`)));
    expect(server.requests).toBe(2);
    expect(await keysFor("old")).toBe(1);
  });

  test("AUTH-2: all keys of the algorithm are tried for a token without `kid`, and none of another algorithm", async () => {
    const [rsa, edwards] = await Promise.all([newKey("RS256"), newKey("EdDSA")]);
    server.show(old as SigningKey, young as SigningKey, rsa, edwards);
    expect(await keysFor(undefined)).toBe(2);
    expect(await keysFor(undefined, "RS256")).toBe(1);
    expect(await keysFor(undefined, "EdDSA")).toBe(1);
    expect(await keysFor(rsa.kid)).toBe(0);
  });

  test("AUTH-2: keys that are no public signing keys are not used", async () => {
    const { jwk } = young as SigningKey;
    const secret = { kty: "oct", k: "AAAA", kid: "secret", alg: "HS256" };
    server.show({ ...jwk, kid: "encrypts", use: "enc" }, { ...jwk, kid: "broken", x: "AA" }, secret, old as SigningKey);
    expect(await keysFor("encrypts")).toBe(0);
    expect(await keysFor("secret", "HS256")).toBe(0);
    expect([0, "unavailable"]).toContain(await keysFor("broken"));
    expect(await keysFor("old")).toBe(1);
  });
});

describe("a key server that does not answer as it should", () => {
  test.each(broken)(
    "AUTH-10: with %s there are no keys; they come once it is well and the cooldown is over",
    async (_what, mood) => {
      server.mood = mood;
      for (let n = 0; n < 10; n++) expect(await keysFor("old")).toBe("unavailable");
      expect(server.requests).toBe(1);
      server.mood = "good";
      pass(COOLDOWN);
      expect(await keysFor("old")).toBe(1);
    },
  );

  test.each(broken)("AUTH-10: with %s the keys it gave before are good for a day more", async (_what, mood) => {
    expect(await keysFor("old")).toBe(1);
    server.mood = mood;
    for (pass(FRESH); now - start < DAY; pass(2 * 3600 * SECOND)) expect(await keysFor("old")).toBe(1);
    expect(await keysFor("old")).toBe("unavailable");
    server.mood = "good";
    pass(COOLDOWN);
    expect(await keysFor("old")).toBe(1);
  });

  test("AUTH-10: it is left alone for a cooldown, warm or not", async () => {
    expect(await keysFor("old")).toBe(1);
    server.mood = "error";
    pass(FRESH);
    for (let n = 0; n < 59; n++, pass(SECOND)) await keysFor("old");
    expect(server.requests).toBe(1 + 2);
  });

  test("AUTH-10: a flood of unknown keys asks it no more often, sick or well", async () => {
    await keysFor("old");
    server.mood = "error";
    pass(COOLDOWN);
    for (let n = 0; n < 20; n++) await keysFor(`made-up-${n}`);
    expect(server.requests).toBe(2);
    expect(await keysFor("old")).toBe(1);
  });

  test.concurrent.each<[Mood]>([["silent"], ["dripping"]])(
    "AUTH-10: %s, it is given up after 3 s",
    async (mood) => {
      const slow = await startKeyServer(old as SigningKey);
      slow.mood = mood;
      const began = performance.now();
      const asked = new KeySet(slow.url).candidates(
        { alg: "ES256", kid: "old" },
        { payload: "", signature: "" },
        start,
      );
      await expect(asked).rejects.toThrow(KeysUnavailable);
      expect(performance.now() - began).toBeGreaterThan(2900);
      expect(performance.now() - began).toBeLessThan(8000);
      await slow.stop();
    },
    15_000,
  );
});

describe("at the start", () => {
  test("AUTH-10: everybody who comes while the keys are being fetched gets in", async () => {
    const found = await Promise.all(Array.from({ length: 10 }, () => keysFor("old")));
    expect(found).toEqual(Array(10).fill(1));
  });
});
