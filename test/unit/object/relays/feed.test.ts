import { describe, expect, test } from "vitest";
import type { Relayed } from "../../../../src/core/relayed.ts";
import { Feed } from "../../../../src/object/relays/feed.ts";
import type { Cursor } from "../../../../src/protocol/cursor.ts";

const A = "aaaaaaaa";

/** A feed into a log that only knows where it stands, and what was done to it in order. */
function feeding(isNew = true) {
  const done: string[] = [];
  let at: Cursor = { epoch: A, seq: 5 };
  const relayed = {
    get at() {
      return at;
    },
    append: (entries: readonly { seq: number }[]) => {
      if (entries.length === 0) return;
      done.push(`append ${entries.map(({ seq }) => seq)}`);
      at = { ...at, seq: (entries.at(-1) as { seq: number }).seq };
    },
    clear: (epoch: string) => {
      done.push(`clear ${epoch}`);
      at = { epoch, seq: 0 };
    },
    signals: () => void done.push("signals"),
  } as unknown as Relayed;
  const parts = {
    relayed,
    unwantedBy: () => null,
    behind: () => void done.push("behind"),
    broken: () => void done.push("broken"),
  };
  return { feed: new Feed("s", isNew, parts), done };
}

const message = (seq: number) => ({ seq, id: `${seq}`, user: "u", at: 1, event: "message", data: seq });
const messages = (first: number, last: number, to = last, previous = first - 1, epoch = A) => ({
  kind: "frame" as const,
  text: JSON.stringify({
    type: "messages",
    messages: Array.from({ length: last - first + 1 }, (_, index) => message(first + index)),
  }),
  place: { epoch, previous: { epoch, seq: previous }, to },
  readers: [],
});
const other = (text: string, place: ReturnType<typeof messages>["place"] | null) => ({
  ...{ kind: "frame" as const, text, place, readers: [] },
});

describe("what comes down to a relay", () => {
  test("RELAY-2 is written together, before what comes after it", () => {
    const { feed, done } = feeding();
    feed.frame(messages(6, 7), 0);
    feed.frame(messages(8, 8), 0);
    feed.frame(other('{"type":"signals","signals":[]}', null), 0);
    feed.frame(messages(9, 9), 0);
    feed.write(0);
    expect(done).toEqual(["append 6,7,8", "signals", "append 9"]);
  });

  test("RELAY-2 is taken once: what comes again is dropped, what leaves something out makes it ask", () => {
    const { feed, done } = feeding();
    feed.frame(messages(6, 7), 0);
    feed.frame(messages(6, 7), 0);
    feed.frame(messages(9, 9), 0);
    feed.write(0);
    expect(done).toEqual(["behind", "append 6,7"]);
  });

  test("RELAY-2 what seems old is not believed until something has followed on in that life of the room", () => {
    const { feed, done } = feeding();
    feed.frame(messages(4, 5), 0);
    expect(done).toEqual(["behind"]);
    feed.frame(messages(6, 6), 0);
    feed.frame(messages(4, 5), 0);
    expect(feed.take(9, 1)).toBe("take");
    feed.frame(messages(4, 5), 0);
    feed.write(0);
    expect(done).toEqual(["behind", "behind", "append 6"]);
  });

  test("RELAY-7 a cleared log is cleared here, after what came before", () => {
    const { feed, done } = feeding();
    feed.frame(messages(6, 6), 0);
    feed.frame(other('{"type":"gap"}', { epoch: "bbbbbbbb", previous: { epoch: A, seq: 6 }, to: 0 }), 0);
    feed.frame(messages(1, 2, 2, 0, "bbbbbbbb"), 0);
    feed.write(0);
    expect(done).toEqual(["append 6", "clear bbbbbbbb", "append 1,2"]);
  });

  test.each([
    ["a gap within the epoch", other('{"type":"gap"}', { epoch: A, previous: { epoch: A, seq: 5 }, to: 20 })],
    [
      "a gap into the middle of another",
      other('{"type":"gap"}', { epoch: "b".repeat(8), previous: { epoch: A, seq: 5 }, to: 3 }),
    ],
    ["a step over messages", other("", { epoch: A, previous: { epoch: A, seq: 5 }, to: 8 })],
    ["fewer messages than it says", messages(6, 7, 9)],
    ["other messages than it says", messages(7, 8, 7, 5)],
  ])("RELAY-5 %s cannot be continued", (_what, item) => {
    const { feed, done } = feeding();
    feed.frame(item, 0);
    feed.write(0);
    expect(done).toEqual(["broken"]);
  });

  test("RELAY-2 each item of the room's memory comes once, in order", () => {
    const { feed } = feeding();
    expect([1, 1, 2, 4].map((number) => feed.take(7, number))).toEqual(["take", "drop", "take", "lost"]);
    expect([feed.isPast(6), feed.isPast(7), feed.take(8, 1)]).toEqual([7, null, "take"]);
  });

  test("RELAY-2 after a sleep it goes on with whatever item comes first", () => {
    const { feed } = feeding(false);
    expect(feed.isPast(1)).toBeNull();
    expect([4, 4, 5, 7].map((number) => feed.take(7, number))).toEqual(["take", "drop", "take", "lost"]);
  });
});
