import { expect, test } from "vitest";
import { Denials } from "../../../src/http/denials.ts";
import type { Refusal } from "../../../src/http/problem.ts";

const start = 1_764_000_000_000;

/** The ms that an address has to wait; 0: it may ask. */
function waitOf(denials: Denials, address: string, now: number): number {
  try {
    denials.check(address, now);
    return 0;
  } catch (refusal) {
    const { code, retryAfter } = (refusal as Refusal).failure;
    expect(code).toBe("rate_limited");
    return retryAfter as number;
  }
}

test("DENIED-1: 600 in a minute are let through; then each has to wait for the next", () => {
  const denials = new Denials(600);
  for (let n = 0; n < 599; n++) denials.count("a", start);
  expect(waitOf(denials, "a", start)).toBe(0);
  denials.count("a", start);
  const wait = waitOf(denials, "a", start);
  expect(wait).toBe(100);
  expect(waitOf(denials, "a", start + wait - 1)).toBe(1);
  expect(waitOf(denials, "a", start + wait)).toBe(0);
});

test("DENIED-1: on the long run it is 600 a minute, however they are spread", () => {
  const denials = new Denials(600);
  let denied = 0;
  for (let now = start; now < start + 600_000; now += 20)
    if (waitOf(denials, "a", now) === 0) {
      denials.count("a", now);
      denied++;
    }
  expect(denied).toBeGreaterThan(5_900);
  expect(denied).toBeLessThan(6_800);
});

test("DENIED-1: 0 is no limit", () => {
  const denials = new Denials(0);
  for (let n = 0; n < 100_000; n++) denials.count("a", start);
  expect(waitOf(denials, "a", start)).toBe(0);
});

test("DENIED-1: addresses are apart, and the number remembered is bounded: the first to come is forgotten first", () => {
  const denials = new Denials(1);
  const block = (address: string) => {
    denials.count(address, start);
    denials.count(address, start);
  };
  for (let n = 0; n < 10_000; n++) block(`address-${n}`);
  expect(waitOf(denials, "address-0", start)).toBeGreaterThan(0);
  expect(waitOf(denials, "another", start)).toBe(0);
  block("one-more");
  expect(waitOf(denials, "address-0", start)).toBe(0);
  expect(waitOf(denials, "address-1", start)).toBeGreaterThan(0);
  expect(waitOf(denials, "one-more", start)).toBeGreaterThan(0);
});

test("DENIED-1: names that an object has by nature are addresses like any other", () => {
  const denials = new Denials(1);
  for (const address of ["__proto__", "constructor", ""]) {
    expect(waitOf(denials, address, start)).toBe(0);
    for (let n = 0; n < 2; n++) denials.count(address, start);
    expect(waitOf(denials, address, start)).toBeGreaterThan(0);
  }
});
