import { describe, expect, it } from "vitest";
import { compare } from "../../../bench/scale/compare.ts";
import { DEFAULTS, type Scenario } from "../../../bench/scale/scenario.ts";
import { Clock } from "../../../bench/scale/simulation/clock.ts";
import type { Course } from "../../../bench/scale/simulation/course.ts";
import { simulate } from "../../../bench/scale/simulation/simulation.ts";
import { Thread } from "../../../bench/scale/simulation/thread.ts";
import { UNITS } from "../../../bench/scale/unit-costs.ts";
import { randomFrom } from "../../../support/random.ts";

const scenario: Scenario = { ...DEFAULTS, listeners: 50_000 };
const course: Course = { seed: 3, joinSeconds: 0, warmSeconds: 2, seconds: 40, failEverySeconds: 0 };

describe("virtual time", () => {
  it("does what is due in order, whatever the order it was asked in", () => {
    const [clock, done, random] = [new Clock(), [] as number[], randomFrom(7)];
    const times = Array.from({ length: 500 }, () => Math.floor(random() * 100));
    for (const [asked, time] of times.entries()) clock.at(time, () => done.push(time * 1000 + asked));
    clock.runUntil(1000);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done).toHaveLength(500);
  });

  it("leaves for later what is due later", () => {
    const clock = new Clock();
    let isDone = false;
    clock.at(10, () => {
      isDone = true;
    });
    clock.runUntil(9.9);
    expect([isDone, clock.now]).toEqual([false, 9.9]);
    clock.runUntil(10);
    expect(isDone).toBe(true);
  });

  it("has a thread do one thing after the other", () => {
    const thread = new Thread();
    expect(thread.work(0, 10)).toBe(10);
    expect(thread.work(5, 10)).toBe(20);
    expect(thread.work(50, 1)).toBe(51);
    expect(thread.busy).toBe(21);
  });
});

describe("the formulas and what happens in virtual time", () => {
  it.each([
    ["10 messages a second", scenario],
    ["a message now and then", { ...scenario, messagesPerSecond: 1 }],
    ["100 messages a second", { ...scenario, messagesPerSecond: 100 }],
    ["nobody told how many there are", { ...scenario, presence: false }],
    ["a room far from most, which holds few itself", { ...scenario, room: "oc", relayAbove: 100 } as const],
    ["six calls at a time", { ...scenario, callsAtOnce: 6 }],
  ])("agree: %s", (_, of) => {
    // A percentile of few messages is chance.
    const seconds = course.seconds * Math.max(1, 10 / of.messagesPerSecond);
    const compared = compare(of, UNITS, simulate(of, UNITS, { ...course, seconds }));
    expect(compared.filter(({ holds }) => !holds)).toEqual([]);
  });

  it("do not agree if a call costs the room twice what they say", () => {
    const dearer = simulate(
      { ...scenario, listeners: 1e6 },
      { ...UNITS, call: UNITS.call * 2 },
      { ...course, seconds: 20 },
    );
    const compared = compare({ ...scenario, listeners: 1e6 }, UNITS, dearer);
    expect(compared.find(({ what }) => what === "the room is busy")).toMatchObject({ holds: false });
  });
});

describe("relays that fail", () => {
  const failing = simulate(scenario, UNITS, { ...course, failEverySeconds: 1 });

  it("cost nobody a message, and nobody has one twice", () => {
    expect(failing.failures).toBeGreaterThan(20);
    expect(failing.deliveries / failing.expected).toBeCloseTo(1, 9);
    for (const seed of [4, 5, 6]) {
      const often = simulate(scenario, UNITS, { ...course, seed, seconds: 15, failEverySeconds: 0.1 });
      expect(often.deliveries / often.expected).toBeCloseTo(1, 9);
    }
  });

  it("make theirs wait until they are back, and no longer", () => {
    const { afterFailure } = failing;
    expect(afterFailure?.quantile(0.5)).toBeGreaterThan(500);
    expect(afterFailure?.quantile(1)).toBeLessThan(5000);
  });
});

describe("a run", () => {
  it("is the same again with the same seed, and another with another", () => {
    const short = { ...course, seconds: 5, joinSeconds: 2, failEverySeconds: 1 };
    const facts = (seed: number) => {
      const { messages, deliveries, calls, events } = simulate(scenario, UNITS, { ...short, seed });
      return { messages, deliveries, calls, events };
    };
    expect(facts(5)).toEqual(facts(5));
    expect(facts(6)).not.toEqual(facts(5));
  });

  it("serves the far as often as the near when calls are few", () => {
    const few = simulate({ ...scenario, callsAtOnce: 2 }, UNITS, course);
    expect(few.relayBusiest).toBeLessThan(few.relayBusy * 1.5);
    expect(few.deliveries).toBeCloseTo(few.expected, 0);
  });
});
