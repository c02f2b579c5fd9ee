// No server here: the checks that all the other files trust must themselves catch what is wrong.
import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog, type Observed } from "../support/chain.ts";
import type { Query } from "../support/client.ts";
import type { Frame, Welcome } from "../support/frames.ts";

const epoch = "k3f9x2ab";
const at = (seq: number) => `${epoch}-${seq}`;
const messages = (...seqs: number[]): Frame => ({
  type: "messages",
  messages: seqs.map((seq) => ({ seq, data: seq })),
});
const gap = (oldest: string | null, reason = "expired"): Frame => ({ type: "gap", after: at(0), oldest, reason });

/** A connection that asked `query`, was welcomed at the head, and got these frames. */
function connection(query: Query, resume: Welcome["resume"], head: number, ...frames: Frame[]): Observed {
  const welcome = { type: "welcome", resume, cursor: at(head) } as Welcome;
  const received = [welcome, ...frames].map((frame) => ({ frame, text: JSON.stringify(frame), at: 0 }));
  return { options: { server: () => "", channel: "room:x", token: "", query }, welcome, frames: received };
}

const live = (head: number, ...frames: Frame[]) => connection({}, "live", head, ...frames);
const resumed = (after: number, head: number, ...frames: Frame[]) =>
  connection({ after: at(after) }, after === head ? "live" : "replay", head, ...frames);

it.each<[string, Observed[], number]>([
  ["live from an empty room", [live(0, messages(1), messages(2, 3))], 3],
  ["a cut and a replay", [live(4, messages(5)), resumed(5, 7, messages(6), messages(7, 8))], 4],
  ["a cut and nothing missed", [live(4, messages(5)), resumed(5, 5, messages(6))], 2],
  ["a cut before anything came", [live(4), resumed(4, 4), resumed(4, 5, messages(5))], 1],
  ["rewind", [connection({ rewind: 2 }, "replay", 9, messages(8, 9), messages(10))], 3],
])("the checker passes %s", (_what, chain, count) => {
  expect(assertExactlyOnce(chain)).toHaveLength(count);
});

it.each<[string, Observed[]]>([
  ["a hole within a frame", [live(0, messages(1, 3))]],
  ["a hole between frames", [live(0, messages(1), messages(3))]],
  ["a hole after the welcome", [live(4, messages(6))]],
  ["a message twice", [live(0, messages(1), messages(1))]],
  ["two in the wrong order", [live(0, messages(2, 1))]],
  ["a replay that begins one early", [live(0, messages(1, 2)), resumed(2, 3, messages(2, 3))]],
  ["a replay that begins one late", [live(0, messages(1, 2)), resumed(2, 4, messages(4))]],
  ["a hole at the seam", [live(0, messages(1)), resumed(1, 3, messages(2, 3), messages(5))]],
  ["live, though something was missed", [live(0, messages(1)), connection({ after: at(1) }, "live", 3, messages(4))]],
  ["a resume from elsewhere", [live(0, messages(1, 2)), resumed(1, 2, messages(2))]],
  ["a gap", [live(0, messages(1)), connection({ after: at(1) }, "gap", 5, gap(at(3)), messages(3, 4, 5))]],
])("the checker catches %s", (_what, chain) => {
  expect(() => assertExactlyOnce(chain)).toThrow();
});

it("the checker passes a true gap where gaps may be, and catches a false one", () => {
  const gapped = (oldest: number) => connection({ after: at(1) }, "gap", 5, gap(at(oldest)), messages(oldest));
  expect(assertExactlyOnce([gapped(4)], { gaps: true })).toHaveLength(1);
  expect(() => assertExactlyOnce([gapped(2)], { gaps: true })).toThrow("nothing is missing");
});

it("the checker catches two messages in one place", () => {
  const seen = assertExactlyOnce([live(0, messages(1))]);
  const other = seen.map((one) => ({ ...one, raw: one.raw.replace('"data":1', '"data":2') }));
  expect(() => assertSameLog([seen, seen])).not.toThrow();
  expect(() => assertSameLog([seen, other])).toThrow("two messages");
});
