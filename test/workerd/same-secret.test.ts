import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isSameSecret } from "../../src/auth/same-secret.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";
import { ticketFor } from "./support/ticket.ts";

Object.assign(env, { LOG_LEVEL: "off" });

const key = env.API_KEY;
const other = (at: number) => `${key.slice(0, at)}X${key.slice(at + 1)}`;

afterEach(() => vi.restoreAllMocks());

describe("AUTH-4 the API key is compared as a whole, whatever is sent instead of it", () => {
  const guesses: readonly [what: string, given: string, isSame: boolean][] = [
    ["the key", key, true],
    ["nothing", "", false],
    ["its first letter", key.slice(0, 1), false],
    ["all but its last letter", key.slice(0, -1), false],
    ["a letter more", `${key}k`, false],
    ["another key as long", "X".repeat(key.length), false],
    ...[0, 1, key.length >> 1, key.length - 1].map((at): [string, string, boolean] => [
      `a key that differs at ${at}`,
      other(at),
      false,
    ]),
  ];

  test.each(guesses)("%s", (_what, given, isSame) => {
    const equal = vi.spyOn(crypto.subtle, "timingSafeEqual");
    expect(isSameSecret(given, new TextEncoder().encode(key))).toBe(isSame);
    // The same work for each: one comparison of as many bytes as the key has.
    expect(equal.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([[key.length, key.length]]);
  });
});

describe("AUTH-2 TICKET-1 what is signed is checked by the platform, in constant time, and never compared as text", () => {
  const room = new Room("secret");
  const signature = (token: string) => token.split(".")[2] as string;
  const forged = (token: string, at: number) => {
    const [head, claims, signed] = token.split(".") as [string, string, string];
    return `${head}.${claims}.${signed.slice(0, at)}${signed[at] === "A" ? "B" : "A"}${signed.slice(at + 1)}`;
  };
  let good = "";
  beforeEach(async () => {
    good = await tokenFor("alice");
  });

  test.each([0, 1, 20, 41])("a token whose signature differs at %i", async (at) => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect((await room.call("GET", "messages", { token: forged(good, at) })).status).toBe(401);
    expect(verify).toHaveBeenCalledTimes(1);
    expect((await room.call("GET", "messages", { token: good })).status).toBe(200);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  test.each([0, 1, 20, 41])("a ticket whose signature differs at %i", async (at) => {
    const { ticket } = await ticketFor({ for: room.address });
    const verify = vi.spyOn(crypto.subtle, "verify");
    const answer = await worker.fetch(room.url("events", { ticket: forged(ticket, at) }));
    expect(answer.status).toBe(401);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  test("there is one way to write a signature: its last letter has two bits that mean nothing", async () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = letters.indexOf(signature(good).at(-1) as string);
    for (const spare of [1, 2, 3]) {
      const token = good.slice(0, -1) + letters[last ^ spare];
      expect((await room.call("GET", "messages", { token })).status).toBe(401);
    }
    const claims = { sub: "alice", exp: Math.floor(Date.now() / 1000) + 60, pad: "" };
    for (const pad of ["", "x", "xx"]) {
      const key = new TextEncoder().encode(env.AUTH_SECRET);
      const token = await new SignJWT({ ...claims, pad }).setProtectedHeader({ alg: "HS256" }).sign(key);
      expect((await room.call("GET", "messages", { token })).status).toBe(403); // all of them are taken, and grant nothing
    }
  });
});
