import { describe, expect, test } from "vitest";
import { afterGap, afterWelcome, type Place } from "../../../src/client/place.ts";
import type { WelcomeFrame } from "../../../src/client/protocol.ts";

const at = (seq: number, epoch = "aaaaaaaa") => ({ epoch, seq });
const OTHER = "bbbbbbbb";

describe("after a welcome", () => {
  const CASES: readonly [string, Place, string, WelcomeFrame["resume"], Place | undefined][] = [
    ["nowhere yet, live: at the head", null, "aaaaaaaa-7", "live", at(7)],
    ["nowhere yet, a rewind follows: still nowhere", null, "aaaaaaaa-7", "replay", null],
    ["somewhere, live: there", at(7), "aaaaaaaa-7", "live", at(7)],
    ["ahead of it, by the old connection: there", at(9), "aaaaaaaa-7", "live", at(9)],
    ["behind it: a replay follows", at(3), "aaaaaaaa-7", "replay", at(3)],
    ["in another life, with a gap to follow", at(3), `${OTHER}-7`, "gap", at(3)],
    ["in another life without a gap: nonsense", at(3), `${OTHER}-7`, "replay", undefined],
    ["a cursor that is none: nonsense", at(3), "7", "live", undefined],
  ];
  test.each(CASES)("%s", (_, place, cursor, resume, expected) => {
    const after = () => afterWelcome(place, { cursor, resume } as WelcomeFrame);
    if (expected === undefined) expect(after).toThrow();
    else expect(after()).toEqual(expected);
  });
});

test.each([
  ["before the oldest", { oldest: "aaaaaaaa-5" }, at(4)],
  ["nothing is left: where the service says", { oldest: null, cursor: `${OTHER}-0` }, at(0, OTHER)],
  ["and it does not say", { oldest: null }, undefined],
  ["nonsense", { oldest: "x", cursor: "y" }, undefined],
])("RESUME-3 after a gap: %s", (_, gap, expected) => {
  if (expected === undefined) expect(() => afterGap(gap)).toThrow();
  else expect(afterGap(gap)).toEqual(expected);
});
