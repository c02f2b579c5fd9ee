import fc from "fast-check";
import { expect, test } from "vitest";
import { type LogBounds, type Resume, resume, type Start } from "../../../src/core/resume.ts";
import { holds } from "../../support/property.ts";

const EPOCH = "epoch001";
const BOUNDS: LogBounds = { epoch: EPOCH, oldest: 5, head: 9 };
const NEVER_USED: LogBounds = { epoch: EPOCH, oldest: 1, head: 0 };
const ALL_EXPIRED: LogBounds = { epoch: EPOCH, oldest: 10, head: 9 };

const after = (seq: number, epoch = EPOCH): Start => ({ kind: "after", cursor: { epoch, seq } });
const rewind = (count: number): Start => ({ kind: "rewind", count });
const NOW: Start = { kind: "now" };

const live = (from: number): Resume => ({ kind: "live", from });
const replay = (from: number): Resume => ({ kind: "replay", from });
const gap = (reason: "expired" | "epoch" | "ahead", from: number): Resume => ({ kind: "gap", from, reason });

test.each<[rule: string, start: Start, bounds: LogBounds, expected: Resume]>([
  ["RESUME-1 from now on", NOW, BOUNDS, live(9)],
  ["RESUME-1 from now on, of a log never used", NOW, NEVER_USED, live(0)],
  ["RESUME-1 from now on, where all has expired", NOW, ALL_EXPIRED, live(9)],
  ["RESUME-1 after the head", after(9), BOUNDS, live(9)],
  ["RESUME-1 after the last but one", after(8), BOUNDS, replay(8)],
  ["RESUME-1 after the oldest", after(5), BOUNDS, replay(5)],
  ["RESUME-3 just before the oldest nothing is missing", after(4), BOUNDS, replay(4)],
  ["RESUME-3 one before that something is", after(3), BOUNDS, gap("expired", 4)],
  ["RESUME-3 from the beginning, which has expired", after(0), BOUNDS, gap("expired", 4)],
  ["RESUME-3 from the beginning, which has not", after(0), { ...BOUNDS, oldest: 1 }, replay(0)],
  ["RESUME-1 from the beginning of a log never used", after(0), NEVER_USED, live(0)],
  ["RESUME-3 before a head, where all has expired", after(8), ALL_EXPIRED, gap("expired", 9)],
  ["RESUME-1 after a head, where all has expired", after(9), ALL_EXPIRED, live(9)],
  ["RESUME-3 beyond the head", after(10), BOUNDS, gap("ahead", 4)],
  ["RESUME-3 beyond the head of a log never used", after(1), NEVER_USED, gap("ahead", 0)],
  ["RESUME-3 another life of the log", after(7, "epoch002"), BOUNDS, gap("epoch", 4)],
  ["RESUME-3 another life, whatever the seq", after(99, "epoch002"), BOUNDS, gap("epoch", 4)],
  ["RESUME-3 the beginning of another life", after(0, "epoch002"), NEVER_USED, gap("epoch", 0)],
  ["RESUME-6 nothing is rewound", rewind(0), BOUNDS, live(9)],
  ["RESUME-6 the last two", rewind(2), BOUNDS, replay(7)],
  ["RESUME-6 all that is retained", rewind(5), BOUNDS, replay(4)],
  ["RESUME-6 more than is retained is no gap", rewind(1000), BOUNDS, replay(4)],
  ["RESUME-6 of a log never used", rewind(1000), NEVER_USED, live(0)],
  ["RESUME-6 where all has expired", rewind(1000), ALL_EXPIRED, live(9)],
])("%s", (_rule, start, bounds, expected) => {
  expect(resume(start, bounds)).toEqual(expected);
});

const bounds = fc.tuple(fc.nat(20), fc.nat(20)).map(([expired, retained]) => {
  return { epoch: EPOCH, oldest: expired + 1, head: expired + retained };
});
const start: fc.Arbitrary<Start> = fc.oneof(
  fc.constant(NOW),
  fc.nat(45).map(rewind),
  fc.tuple(fc.nat(45), fc.constantFrom(EPOCH, "epoch002")).map(([seq, epoch]) => after(seq, epoch)),
);

test("RESUME-1 RESUME-3 what is sent is what was asked for, or a gap is told", () => {
  holds(
    fc.property(start, bounds, (start, bounds) => {
      const { kind, from } = resume(start, bounds);
      const retained = bounds.head - bounds.oldest + 1;
      expect(bounds.head - from).toBeGreaterThanOrEqual(0);
      expect(bounds.head - from).toBeLessThanOrEqual(retained);
      if (start.kind === "after" && kind !== "gap") {
        expect(start.cursor).toEqual({ epoch: bounds.epoch, seq: from });
        expect(kind).toBe(from === bounds.head ? "live" : "replay");
      } else if (start.kind === "after") {
        // A gap is told only if it is true, and everything retained follows it.
        const { epoch, seq } = start.cursor;
        expect(epoch !== bounds.epoch || seq < bounds.oldest - 1 || seq > bounds.head).toBe(true);
        expect(from).toBe(bounds.oldest - 1);
      } else {
        const asked = start.kind === "rewind" ? start.count : 0;
        expect(bounds.head - from).toBe(Math.min(asked, retained));
        expect(kind).toBe(from === bounds.head ? "live" : "replay");
      }
    }),
    1000,
  );
});
