import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Deadline, Deadlines } from "../../src/object/deadlines.ts";

const SECOND = 1000;

/** The one alarm of an object, as the platform keeps it. */
class FakeAlarm {
  at: number | null = null;
  readonly set: number[] = [];

  async getAlarm(): Promise<number | null> {
    return this.at;
  }

  async setAlarm(at: number): Promise<void> {
    this.at = at;
    this.set.push(at);
  }
}

/** A deadline that is due at some time, once. */
class FakeDeadline implements Deadline {
  readonly name: string;
  at: number | null;
  ran: number[] = [];
  fault: Error | null = null;
  due: Deadline["due"] = () => this.at;
  run: Deadline["run"] = (now) => {
    if (this.at === null || this.at > now) return;
    this.ran.push(now);
    if (this.fault !== null) throw this.fault;
    this.at = null;
  };

  constructor(name: string, at: number | null) {
    this.name = name;
    this.at = at;
  }
}

let alarm: FakeAlarm;
let early: FakeDeadline;
let late: FakeDeadline;
let failures: string[];

beforeEach(() => {
  alarm = new FakeAlarm();
  early = new FakeDeadline("early", 1000);
  late = new FakeDeadline("late", 2000);
  failures = [];
});

/** As after the construction of an object, when it has found out about its alarm. */
async function woken(deadlines: readonly Deadline[] = [early, late], now = 0): Promise<Deadlines> {
  const made = new Deadlines(alarm as unknown as DurableObjectStorage, deadlines, (name) => failures.push(name));
  made.arm(now);
  await vi.waitFor(() => expect(alarm.at).not.toBeNull());
  return made;
}

/** What the platform does when the time has come. */
function ring(deadlines: Deadlines, now = alarm.at as number): void {
  alarm.at = null;
  deadlines.ring(now);
}

describe("PRESENCE-7 the one alarm", () => {
  test("rings for the first of all deadlines, then for the next", async () => {
    const deadlines = await woken();
    expect(alarm.at).toBe(1000);
    ring(deadlines);
    expect([early.ran, late.ran, alarm.at]).toEqual([[1000], [], 2000]);
    ring(deadlines);
    expect([early.ran, late.ran, alarm.at]).toEqual([[1000], [2000], null]);
  });

  test("is moved forward and never back, and set only when that changes something", async () => {
    const deadlines = await woken();
    late.at = 500;
    deadlines.arm(0);
    deadlines.arm(1);
    early.at = late.at = 9000;
    deadlines.arm(2);
    expect(alarm.set).toEqual([1000, 500]);
    ring(deadlines);
    expect(alarm.at).toBe(9000);
    expect([...early.ran, ...late.ran]).toEqual([]);
  });

  test("is not set when nothing is due, and harmless when it rings too early, late or again", async () => {
    const deadlines = await woken();
    ring(deadlines, 999);
    expect(alarm.at).toBe(1000);
    ring(deadlines, 86_400_000);
    ring(deadlines, 86_400_000);
    expect([early.ran, late.ran, alarm.at]).toEqual([[86_400_000], [86_400_000], null]);
    deadlines.arm(86_400_001);
    expect(alarm.at).toBeNull();
  });

  test("is kept when it is set already after a wake, and nothing is run", async () => {
    alarm.at = 700;
    await woken([early, late], 5000);
    expect([early.ran, late.ran, alarm.set]).toEqual([[], [], []]);
  });

  test("is moved forward after a wake if something is due before it", async () => {
    alarm.at = 1500;
    await woken();
    await vi.waitFor(() => expect(alarm.set).toEqual([1000]));
  });

  test("is set again after a wake when it was lost, and what was due is done", async () => {
    await woken([early, late], 1200);
    expect([early.ran, late.ran, alarm.at]).toEqual([[1200], [], 2000]);
  });

  test("is set again while the object is awake, when the platform has dropped it after its seventh failure", async () => {
    const deadlines = await woken();
    alarm.at = null; // it never came to `ring`
    deadlines.arm(1000 + 60_000);
    expect(alarm.at).toBeNull();
    deadlines.arm(1001 + 60_000);
    await vi.waitFor(() => expect(early.ran).toEqual([61_001]));
    expect(late.ran).toEqual([61_001]);
    late.at = 70_000;
    deadlines.arm(61_002);
    expect(alarm.at).toBe(70_000);
  });

  test("is believed once a minute, if it is only late", async () => {
    const deadlines = await woken();
    const asked = vi.spyOn(alarm, "getAlarm");
    for (let now = 1000; now <= 200_000; now += 1000) {
      deadlines.arm(now);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(asked).toHaveBeenCalledTimes(3);
    expect([early.ran, alarm.set]).toEqual([[], [1000]]);
  });

  test("rings while a wake still asks for it: everything is run once", async () => {
    const deadlines = new Deadlines(alarm as unknown as DurableObjectStorage, [early, late], () => undefined);
    deadlines.arm(1000);
    ring(deadlines, 1000);
    await vi.waitFor(() => expect(alarm.at).toBe(2000));
    await Promise.resolve();
    expect([early.ran, alarm.set]).toEqual([[1000], [2000]]);
  });
});

describe("PRESENCE-7 a deadline that fails", () => {
  beforeEach(() => {
    early.fault = new Error("made by a test");
  });

  test("does not stop the others, is told, and is tried again", async () => {
    const deadlines = await woken();
    late.at = 1000;
    ring(deadlines);
    expect([early.ran, late.ran, failures]).toEqual([[1000], [1000], ["early"]]);
    expect(alarm.at).toBe(2000);
    early.fault = null;
    ring(deadlines);
    expect([early.ran, alarm.at]).toEqual([[1000, 2000], null]);
  });

  test("is tried after 1, 2, 4 … s, at most 5 minutes, and never given up; a success begins anew", async () => {
    const deadlines = await woken([early]);
    const pauses: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      const before = alarm.at as number;
      ring(deadlines);
      pauses.push((alarm.at as number) - before);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * SECOND));
    early.fault = null;
    ring(deadlines);
    early.at = 0;
    deadlines.arm(5_000_000);
    expect(alarm.at).toBe(5_000_000);
  });

  test("is tried in time though the room is busy: turns do not put the try off, and do not pay for it", async () => {
    const deadlines = await woken([early]);
    ring(deadlines);
    const set = alarm.set.length;
    for (let now = 1100; now < 2000; now += 100) deadlines.arm(now);
    expect(alarm.at).toBe(2000);
    expect(alarm.set).toHaveLength(set);
  });

  test("is tried at once when the clock was put back since, not after as long", async () => {
    const deadlines = await woken([early]);
    ring(deadlines, 86_400_000);
    deadlines.arm(5000);
    expect(alarm.at).toBe(5000);
    ring(deadlines);
    expect(early.ran).toEqual([86_400_000, 5000]);
  });

  test("does not put off others that are due before its next try", async () => {
    const deadlines = await woken();
    late.at = 1500;
    ring(deadlines);
    expect(alarm.at).toBeLessThanOrEqual(1500);
  });

  test("already when it says when it is due: neither the alarm nor the others suffer", async () => {
    const broken: Deadline = {
      name: "broken",
      due: () => {
        throw new Error("made by a test");
      },
      run: () => undefined,
    };
    alarm.at = 1000;
    const deadlines = new Deadlines(alarm as unknown as DurableObjectStorage, [broken, early, late], () => undefined);
    early.fault = null;
    expect(() => ring(deadlines, 1000)).not.toThrow();
    expect(early.ran).toEqual([1000]);
    expect(alarm.at).toBe(2000);
  });
});
