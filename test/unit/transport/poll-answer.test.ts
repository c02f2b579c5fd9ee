import { expect, test } from "vitest";
import { PollAnswer } from "../../../src/transport/poll-answer.ts";
import { rawElements } from "../../support/raw-json.ts";

const EPOCH = "k3f9x2ab";
const at = (seq: number, epoch = EPOCH) => ({ epoch, seq });
const message = (seq: number, data: unknown = seq) =>
  JSON.stringify({ seq, id: `m${seq}`, user: "bob", at: 5, event: "note", data });

const welcome = (resume: string, seq: number, more: object = {}) =>
  JSON.stringify({ type: "welcome", cursor: `${EPOCH}-${seq}`, resume, ...more });
const messages = (...texts: string[]) => `{"type":"messages","messages":[${texts.join(",")}]}`;
const numbered = (first: number, last: number, data?: unknown) =>
  messages(...Array.from({ length: last - first + 1 }, (_, index) => message(first + index, data)));
const gap = (after: string, oldest: string | null, reason = "expired", cursor?: string) =>
  JSON.stringify({ type: "gap", after, oldest, reason, ...(cursor === undefined ? {} : { cursor }) });

interface Summary {
  seqs: number[];
  cursor: string;
  gap: unknown;
}

function taking(after: { epoch: string; seq: number } | null, ...frames: string[]): PollAnswer {
  const answer = new PollAnswer(after, "c1");
  for (const frame of frames) answer.take(frame);
  return answer;
}
function summary(answer: PollAnswer): Summary {
  const { messages, cursor, gap } = JSON.parse(answer.toJson());
  return { seqs: messages.map(({ seq }: { seq: number }) => seq), cursor, gap };
}

test("POLL-1 before the welcome there is no answer, not even nothing", () => {
  for (const after of [null, at(3)]) {
    const answer = taking(after);
    expect([answer.isReady, answer.isLive]).toEqual([false, false]);
  }
});

test("POLL-1 without a cursor it is the head's, at once", () => {
  const answer = taking(null, welcome("live", 7));
  expect([answer.isReady, answer.isLive]).toEqual([true, true]);
  expect(answer.toJson()).toBe(`{"messages":[],"cursor":"${EPOCH}-7","gap":null,"connection":"c1"}`);
});

test("POLL-1 at the head there is nothing, and it can be said: with the same cursor", () => {
  const answer = taking(at(7), welcome("live", 7));
  expect([answer.isReady, answer.isLive]).toEqual([false, true]);
  expect(answer.toJson()).toBe(`{"messages":[],"cursor":"${EPOCH}-7","gap":null,"connection":"c1"}`);
});

test("POLL-1 who is behind has no answer before the page", () => {
  const answer = taking(at(5), welcome("replay", 7));
  expect([answer.isReady, answer.isLive]).toEqual([false, false]);
  answer.take(numbered(6, 7));
  expect(answer.isReady).toBe(true);
  expect(summary(answer)).toEqual({ seqs: [6, 7], cursor: `${EPOCH}-7`, gap: null });
});

test("POLL-1 what comes meanwhile is news", () => {
  const answer = taking(at(7), welcome("live", 7), numbered(8, 8), numbered(9, 10));
  expect(answer.isReady).toBe(true);
  expect(summary(answer)).toEqual({ seqs: [8, 9, 10], cursor: `${EPOCH}-10`, gap: null });
});

test("POLL-1 without a cursor, what follows the head in the same moment is part of the answer", () => {
  expect(summary(taking(null, welcome("live", 7), numbered(8, 9)))).toEqual({
    seqs: [8, 9],
    cursor: `${EPOCH}-9`,
    gap: null,
  });
});

test("TRANSPORT-1 the messages are the same bytes, whatever is in them", () => {
  const odd = ["]}", '"],"messages":[', "\\", '\\"', "\u2028", "é€😀", "\ud800", "</script>", ',"cursor":"x"', ""];
  const texts = odd.map((data, index) => message(index + 1, data)).concat(message(11, { "1": [1e21, -0, 0.1] }));
  const answer = taking(at(0), welcome("replay", 11), messages(...texts.slice(0, 4)), messages(...texts.slice(4)));
  const json = answer.toJson();
  expect(rawElements(json, "messages")).toEqual(texts);
  expect(json.startsWith(`{"messages":[${texts.join(",")}],"cursor":"${EPOCH}-11",`)).toBe(true);
  expect(
    JSON.parse(json)
      .messages.map(({ data }: { data: unknown }) => data)
      .slice(0, -1),
  ).toEqual(odd);
});

test("POLL-1 an answer holds 1,000 messages; what would be more is for the next poll, whole", () => {
  const full = taking(at(0), welcome("replay", 2000), numbered(1, 1000), numbered(1001, 1001));
  expect(summary(full).seqs).toHaveLength(1000);
  expect(summary(full).cursor).toBe(`${EPOCH}-1000`);
  const almost = taking(at(0), welcome("live", 0), numbered(1, 999), numbered(1000, 1001), numbered(1002, 1002));
  expect(summary(almost)).toMatchObject({ cursor: `${EPOCH}-999` });
  expect(summary(almost).seqs).toHaveLength(999);
  const exact = taking(at(0), welcome("live", 0), numbered(1, 999), numbered(1000, 1000));
  expect(summary(exact).cursor).toBe(`${EPOCH}-1000`);
});

test("POLL-1 an answer holds 256 KiB, and one message at least, however large", () => {
  const half = "x".repeat(128 * 1024);
  expect(summary(taking(at(0), welcome("live", 0), numbered(1, 1, half), numbered(2, 2, half))).seqs).toEqual([1]);
  const third = "é".repeat(43 * 1024);
  const thirds = taking(at(0), welcome("live", 0), ...[1, 2, 3, 4].map((seq) => numbered(seq, seq, third)));
  expect(summary(thirds)).toMatchObject({ seqs: [1, 2], cursor: `${EPOCH}-2` });
  const small = taking(at(0), welcome("live", 0), numbered(1, 1, half), numbered(2, 2, half), numbered(3, 3));
  expect(summary(small).seqs).toEqual([1]); // never one without those before it
  const large = taking(at(0), welcome("live", 0), numbered(1, 1, "x".repeat(1024 * 1024)), numbered(2, 2));
  expect(summary(large)).toMatchObject({ seqs: [1], cursor: `${EPOCH}-1` });
});

test("RESUME-3 a gap stands before what is retained", () => {
  const answer = taking(at(2), welcome("gap", 9), gap(`${EPOCH}-2`, `${EPOCH}-8`));
  expect(answer.isReady).toBe(false);
  answer.take(numbered(8, 9));
  const told = { after: `${EPOCH}-2`, oldest: `${EPOCH}-8`, reason: "expired" };
  expect(summary(answer)).toEqual({ seqs: [8, 9], cursor: `${EPOCH}-9`, gap: told });
});

test("RESUME-3 a gap with nothing after it is news by itself, and says where the reader stands", () => {
  const answer = taking(at(2, "otherepoch"), welcome("gap", 9), gap("otherepoch-2", null, "epoch", `${EPOCH}-9`));
  expect(answer.isReady).toBe(true);
  const told = { after: "otherepoch-2", oldest: null, reason: "epoch", cursor: `${EPOCH}-9` };
  expect(summary(answer)).toEqual({ seqs: [], cursor: `${EPOCH}-9`, gap: told });
});

test("RESUME-4 a log that is cleared under a waiting poll is a gap, and what follows is of the new epoch", () => {
  const told = { after: `${EPOCH}-7`, oldest: null, reason: "epoch", cursor: "newepoch1-0" };
  const frames = [welcome("live", 7), gap(`${EPOCH}-7`, null, "epoch", "newepoch1-0")];
  expect(summary(taking(at(7), ...frames))).toEqual({ seqs: [], cursor: "newepoch1-0", gap: told });
  const followed = taking(at(7), ...frames, numbered(1, 2));
  expect(summary(followed)).toEqual({ seqs: [1, 2], cursor: "newepoch1-2", gap: told });
});

test("RESUME-4 a gap after messages ends the answer: it is for the next poll, and so is what follows it", () => {
  const cleared = gap(`${EPOCH}-8`, null, "epoch", "newepoch1-0");
  const answer = taking(at(7), welcome("live", 7), numbered(8, 8), cleared, numbered(1, 2), cleared);
  expect(summary(answer)).toEqual({ seqs: [8], cursor: `${EPOCH}-8`, gap: null });
});

// Found by the simulation, seed 2226.
test("RESUME-3 what has expired and is then cleared is a gap to another life of the log", () => {
  const expired = gap(`${EPOCH}-2`, null, "expired", `${EPOCH}-9`);
  const answer = taking(at(2), welcome("gap", 9), expired, gap(`${EPOCH}-9`, null, "epoch", "newepoch1-0"));
  const told = { after: `${EPOCH}-2`, oldest: null, reason: "epoch", cursor: "newepoch1-0" };
  expect(summary(answer)).toEqual({ seqs: [], cursor: "newepoch1-0", gap: told });
});

test("RESUME-3 L5 of two gaps one after the other the answer tells one, from the first's beginning to the last's end", () => {
  const first = gap("otherepoch-2", `${EPOCH}-5`, "epoch");
  const damaged = taking(
    at(2, "otherepoch"),
    welcome("gap", 9),
    first,
    gap(`${EPOCH}-4`, `${EPOCH}-7`),
    numbered(7, 9),
  );
  expect(summary(damaged)).toEqual({
    seqs: [7, 8, 9],
    cursor: `${EPOCH}-9`,
    gap: { after: "otherepoch-2", oldest: `${EPOCH}-7`, reason: "epoch" },
  });
  const lost = taking(at(2, "otherepoch"), welcome("gap", 9), first, gap(`${EPOCH}-4`, null, "expired", `${EPOCH}-9`));
  expect(lost.isReady).toBe(true);
  expect(summary(lost)).toEqual({
    seqs: [],
    cursor: `${EPOCH}-9`,
    gap: { after: "otherepoch-2", oldest: null, reason: "epoch", cursor: `${EPOCH}-9` },
  });
});

test("POLL-2 signals are news, all of them, in their order", () => {
  const signals = (...events: string[]) =>
    JSON.stringify({ type: "signals", signals: events.map((event) => ({ event })) });
  const answer = taking(at(7), welcome("live", 7), signals("a", "b"), signals("c"));
  expect(answer.isReady).toBe(true);
  const { signals: told, cursor } = JSON.parse(answer.toJson());
  expect([told, cursor]).toEqual([[{ event: "a" }, { event: "b" }, { event: "c" }], `${EPOCH}-7`]);
  expect(JSON.parse(taking(at(7), welcome("live", 7)).toJson())).not.toHaveProperty("signals");
});

test("POLL-2 signals do not hide that the page of who is behind is still to come", () => {
  const answer = taking(at(5), welcome("replay", 7), '{"type":"signals","signals":[{"event":"a"}]}', numbered(6, 7));
  expect(summary(answer)).toEqual({ seqs: [6, 7], cursor: `${EPOCH}-7`, gap: null });
});
