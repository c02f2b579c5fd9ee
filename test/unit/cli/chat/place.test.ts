import { describe, expect, test } from "vitest";
import {
  afterGap,
  afterWelcome,
  hasSeen,
  type Place,
  placeAfter,
  resumeQuery,
  take,
} from "../../../../src/cli/chat/place.ts";
import type { GapFrame, Message, WelcomeFrame } from "../../../../src/protocol/frames.ts";

const OLD = "aaaaaaaa";
const NEW = "bbbbbbbb";
const nowhere: Place = { epoch: null, seq: null, head: 0 };
const at = (epoch: string | null, seq: number | null, head = 0): Place => ({ epoch, seq, head });

test.each<[Place, string]>([
  [placeAfter(null), "rewind=10"],
  [placeAfter({ epoch: OLD, seq: 7 }), `after=${OLD}-7`],
  [at(OLD, 0), `after=${OLD}-0`],
  [at(OLD, null), "rewind=10"],
  [at(null, 3), "rewind=10"],
])("from %j the next connect asks for %s", (place, query) => {
  expect(resumeQuery(place, 10)).toBe(query);
});

describe("afterWelcome", () => {
  test.each<[string, Place, WelcomeFrame["resume"], string, Place | null]>([
    ["nothing was asked for: from the head on", nowhere, "live", `${OLD}-5`, at(OLD, 5, 5)],
    ["a rewind: whatever comes", nowhere, "replay", `${OLD}-5`, at(OLD, null, 5)],
    ["a resume: after what was seen", at(OLD, 3, 1), "replay", `${OLD}-5`, at(OLD, 3, 5)],
    ["a gap: the next frame tells", at(OLD, 3, 1), "gap", `${NEW}-5`, at(NEW, null, 5)],
    ["a rewind into another life of the log", at(null, 3), "replay", `${NEW}-5`, at(NEW, null, 5)],
    ["no cursor", nowhere, "live", "5", null],
  ])("%s", (_, place, resume, cursor, expected) => {
    expect(afterWelcome(place, { cursor, resume } as WelcomeFrame)).toEqual(expected);
  });
});

describe("afterGap", () => {
  const gap = (reason: GapFrame["reason"], after: string, oldest: string | null, cursor?: string): GapFrame =>
    cursor === undefined ? { type: "gap", reason, after, oldest } : { type: "gap", reason, after, oldest, cursor };
  test.each<[string, Place, GapFrame, Place]>([
    ["expired", at(OLD, null, 9), gap("expired", `${OLD}-1`, `${OLD}-4`), at(OLD, 3, 9)],
    ["expired, nothing left", at(OLD, null, 9), gap("expired", `${OLD}-1`, null, `${OLD}-9`), at(OLD, 9, 9)],
    [
      "expired mid-stream, nothing left",
      at(OLD, 12, 9),
      gap("expired", `${OLD}-12`, null, `${OLD}-15`),
      at(OLD, 15, 15),
    ],
    ["another epoch", at(NEW, null, 9), gap("epoch", `${OLD}-70`, `${NEW}-1`), at(NEW, 0, 9)],
    ["another epoch, empty", at(NEW, null, 0), gap("epoch", `${OLD}-70`, null, `${NEW}-0`), at(NEW, 0, 0)],
    ["cleared mid-stream", at(OLD, 7, 5), gap("epoch", `${OLD}-7`, null, `${NEW}-0`), at(NEW, 0, 0)],
    ["without a word of where it stands", at(OLD, 7, 5), gap("epoch", `${OLD}-7`, null), at(OLD, 7, 5)],
    ["behind the cursor", at(OLD, null, 3), gap("ahead", `${OLD}-70`, `${OLD}-1`), at(OLD, 0, 3)],
  ])("%s", (_, place, told, expected) => {
    expect(afterGap(place, told)).toEqual(expected);
  });
});

test.each<[Place, number[], number[], number | null]>([
  [at(OLD, null), [5, 6], [5, 6], 6],
  [at(OLD, 5), [4, 5, 6, 7], [6, 7], 7],
  [at(OLD, 5), [6, 6, 7, 6], [6, 7], 7],
  [at(OLD, 5), [1, 2], [], 5],
  [at(OLD, null), [], [], null],
])("at %j, of %j the news are %j", (place, seqs, news, seq) => {
  const taken = take(
    place,
    seqs.map((seq) => ({ seq }) as Message),
  );
  expect(taken.news.map((message) => message.seq)).toEqual(news);
  expect(taken.place).toEqual({ ...place, seq });
});

test.each<[Place, number, boolean]>([
  [at(OLD, null, 0), 0, false],
  [at(OLD, 0, 0), 0, true],
  [at(OLD, 4, 5), 0, false],
  [at(OLD, 5, 5), 6, false],
  [at(OLD, 6, 5), 6, true],
])("at %j everything up to %i has been seen: %s", (place, seq, expected) => {
  expect(hasSeen(place, seq)).toBe(expected);
});
