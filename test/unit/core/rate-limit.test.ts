import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimit } from "../../../src/core/rate-limit.ts";
import { UserRates } from "../../../src/core/user-rates.ts";
import { holds } from "../../support/property.ts";
import { configWith } from "../../support/test-channel.ts";

const T = 1_764_000_000_000;

test("PUBLISH-3 a burst at once, then the rate", () => {
  const limit = new RateLimit(50, 3, T);
  expect([1, 1, 1, 1].map((count) => limit.take(count, T))).toEqual([0, 0, 0, 20]);
  expect(limit.take(1, T + 19)).toBe(1);
  expect(limit.take(1, T + 20)).toBe(0);
  expect(limit.take(1, T + 20)).toBe(20);
});

test("PUBLISH-3 after a rest there is the burst again, and no more", () => {
  const limit = new RateLimit(50, 3, T);
  for (let count = 0; count < 3; count++) limit.take(1, T);
  expect([1, 1, 1, 1].map((count) => limit.take(count, T + 3_600_000))).toEqual([0, 0, 0, 20]);
});

test("PUBLISH-3 an array takes its length or nothing", () => {
  const limit = new RateLimit(10, 10, T);
  expect(limit.take(6, T)).toBe(0);
  expect(limit.take(6, T)).toBe(200);
  expect(limit.take(4, T)).toBe(0);
});

test("PUBLISH-3 an array larger than the burst goes through a full bucket, and is paid for", () => {
  const limit = new RateLimit(10, 10, T);
  expect(limit.take(30, T)).toBe(0);
  expect(limit.take(1, T)).toBe(2100);
  expect(limit.take(30, T)).toBe(3000);
  expect(limit.take(1, T + 2100)).toBe(0);
});

test("PUBLISH-3 a rate of 0 is no limit", () => {
  const limit = new RateLimit(0, 1, T);
  expect([1e9, 1e9, 1].map((count) => limit.take(count, T))).toEqual([0, 0, 0]);
});

test("PUBLISH-3 a clock that jumps back gives nothing, and locks nobody out", () => {
  const limit = new RateLimit(50, 2, T);
  expect(limit.take(2, T)).toBe(0);
  expect(limit.take(1, T - 3_600_000)).toBe(20);
  expect(limit.take(1, T - 3_600_000 + 20)).toBe(0);
});

const limits = fc.record({ rate: fc.integer({ min: 1, max: 1000 }), burst: fc.integer({ min: 1, max: 200 }) });
const takes = fc.array(fc.record({ after: fc.oneof(fc.nat(3), fc.nat(500)), count: fc.integer({ min: 1, max: 20 }) }), {
  minLength: 1,
  maxLength: 60,
});

test("PUBLISH-3 in any time t no more than burst + rate · t is taken", () => {
  holds(
    fc.property(limits, takes, ({ rate, burst }, takes) => {
      const limit = new RateLimit(rate, burst, T);
      const taken: { at: number; count: number }[] = [];
      let now = T;
      for (const { after, count } of takes) {
        now += after;
        if (count <= burst && limit.take(count, now) === 0) taken.push({ at: now, count });
      }
      for (const [index, { at }] of taken.entries()) {
        let sum = 0;
        for (const later of taken.slice(index)) {
          sum += later.count;
          expect(sum).toBeLessThanOrEqual(burst + (rate * (later.at - at)) / 1000 + 1e-6);
        }
      }
    }),
    300,
  );
});

test("PUBLISH-3 after retryAfter, and not a millisecond earlier, the same is taken", () => {
  holds(
    fc.property(limits, takes, ({ rate, burst }, takes) => {
      let now = T;
      const before: { at: number; count: number }[] = [];
      /** A limit of which the same was taken. */
      const again = () => {
        const limit = new RateLimit(rate, burst, T);
        for (const { at, count } of before) limit.take(count, at);
        return limit;
      };
      for (const { after, count } of takes) {
        now += after;
        const wait = again().take(count, now);
        if (wait > 0) {
          expect(again().take(count, now + wait)).toBe(0);
          if (wait > 1) expect(again().take(count, now + wait - 1)).toBeGreaterThan(0);
        }
        before.push({ at: now, count });
      }
    }),
    100,
  );
});

test("PUBLISH-3 waiting as long as one is told is enough, also when asking meanwhile", () => {
  holds(
    fc.property(limits, takes, ({ rate, burst }, takes) => {
      const limit = new RateLimit(rate, burst, T);
      let now = T;
      for (const { after, count } of takes) {
        now += after;
        const wait = limit.take(count, now);
        if (wait === 0) continue;
        limit.take(count, now + Math.floor(wait / 2));
        now += wait;
        expect(limit.take(count, now)).toBe(0);
      }
    }),
    300,
  );
});

test("PUBLISH-3 over HTTP each user has rates of their own", () => {
  const rates = new UserRates(configWith({ PUBLISH_RATE: 10, PUBLISH_BURST: 1, SIGNAL_RATE: 1 }));
  expect(rates.of("alice", T).publish.take(1, T)).toBe(0);
  expect(rates.of("alice", T).publish.take(1, T)).toBe(100);
  expect(rates.of("alice", T).signal.take(1, T)).toBe(0);
  expect(rates.of("bob", T).publish.take(1, T)).toBe(0);
  expect(rates.of("__proto__", T).publish.take(1, T)).toBe(0);
});

test("L3 10,000 users are remembered: those at rest are forgotten first, and lose nothing by it", () => {
  const rates = new UserRates(configWith({ PUBLISH_RATE: 1, PUBLISH_BURST: 1, SIGNAL_RATE: 1 }));
  for (let user = 0; user < 9999; user++) rates.of(`resting-${user}`, T);
  expect(rates.of("busy", T).publish.take(1, T)).toBe(0);
  for (let user = 0; user < 5000; user++) rates.of(`new-${user}`, T);
  expect(rates.of("busy", T).publish.take(1, T)).toBe(1000);
});

test("L3 when all 10,000 are busy the oldest is forgotten", () => {
  const rates = new UserRates(configWith({ PUBLISH_RATE: 1, PUBLISH_BURST: 1, SIGNAL_RATE: 1 }));
  for (let user = 0; user < 10_000; user++) rates.of(`busy-${user}`, T).publish.take(1, T);
  rates.of("new", T);
  expect(rates.of("busy-1", T).publish.take(1, T)).toBe(1000);
  expect(rates.of("busy-0", T).publish.take(1, T)).toBe(0);
});
