import { describe, expect, test } from "vitest";
import { EdgewireError } from "../../../src/client/errors.ts";
import { type Draft, newOutbox, type Outbox } from "../../../src/client/outbox.ts";
import { outcomeOf } from "../../support/sdk.ts";
import { settle } from "../../support/virtual-clock.ts";

const LIMITS = { messages: 3, bytes: 100 };
const draft = (id: string, data: unknown = id) => ({ id, event: "message", data: data as never });
const receipt = (seq: number) => ({ seq, cursor: `aaaaaaaa-${seq}`, id: "x", at: 1 });
const stored = (outbox: Outbox, id: string, seq = 1) => outbox.settle(id, ({ resolve }) => resolve(receipt(seq)));
const refusal = new EdgewireError("forbidden", "no");

function filled(...ids: string[]) {
  let drafts: readonly Draft[] = [];
  const outbox = newOutbox(LIMITS, (left) => {
    drafts = left();
  });
  const outcomes = ids.map((id) => outcomeOf(outbox.add(draft(id))));
  return { outbox, outcomes, drafts: () => drafts, ids: () => drafts.map(({ id }) => id) };
}

describe("C3 each is settled exactly once", () => {
  const CASES: readonly [string, (outbox: Outbox) => void, object][] = [
    ["by its acknowledgement", (outbox) => stored(outbox, "a"), { settled: 1, value: receipt(1) }],
    ["by a refusal", (outbox) => outbox.refused("a", refusal), { settled: 1, error: refusal }],
    ["by the end", (outbox) => outbox.close(refusal), { settled: 1, error: refusal }],
    ["by nothing else", (outbox) => outbox.unsent(), { settled: 0 }],
  ];
  test.each(CASES)("%s", async (_, act, expected) => {
    const { outbox, outcomes } = filled("a");
    act(outbox);
    if (expected !== CASES[3]?.[2]) {
      stored(outbox, "a", 9);
      outbox.refused("a", refusal);
      outbox.close(refusal);
    }
    await settle();
    expect(outcomes[0]).toMatchObject(expected);
  });
});

describe("C3 bounded", () => {
  test("by messages", async () => {
    const { outbox, ids } = filled("a", "b", "c");
    await expect(outbox.add(draft("d"))).rejects.toMatchObject({ code: "outbox_full" });
    stored(outbox, "a");
    void outbox.add(draft("d"));
    expect(ids()).toEqual(["b", "c", "d"]);
  });

  test("by bytes, in UTF-8", async () => {
    const { outbox, ids } = filled();
    void outbox.add(draft("a", "ä".repeat(40)));
    await expect(outbox.add(draft("b", "ä".repeat(10)))).rejects.toMatchObject({ code: "outbox_full" });
    stored(outbox, "a");
    void outbox.add(draft("b", "ä".repeat(10)));
    expect(ids()).toEqual(["b"]);
  });
});

test("what is sent: in order, so many at once, and again from one on", () => {
  const { outbox } = filled("a", "b", "c");
  const sendAll = (atOnce: number) => {
    const sent: string[] = [];
    for (let entry = outbox.next(atOnce); entry !== undefined; entry = outbox.next(atOnce)) {
      outbox.sent();
      sent.push(entry.draft.id);
    }
    return sent;
  };
  expect(sendAll(2)).toEqual(["a", "b"]);
  stored(outbox, "a");
  expect(sendAll(2)).toEqual(["c"]);
  outbox.unsent("c");
  expect([outbox.isUnderWay(), sendAll(9)]).toEqual([true, ["c"]]);
  outbox.unsent();
  expect([outbox.isUnderWay(), sendAll(9)]).toEqual([false, ["b", "c"]]);
  outbox.unsent("c");
  outbox.refused("c", refusal); // it waited: what is under way is the same
  expect([outbox.isUnderWay(), sendAll(9)]).toEqual([true, []]);
});

test("the same id is the same message; another under its name is a conflict", async () => {
  const { outbox, outcomes } = filled("a");
  const again = outcomeOf(outbox.add(draft("a")));
  await expect(outbox.add(draft("a", "other"))).rejects.toMatchObject({ code: "id_conflict" });
  await expect(outbox.add({ ...draft("a"), event: "other" })).rejects.toMatchObject({ code: "id_conflict" });
  stored(outbox, "a");
  await settle();
  expect([outcomes[0]?.settled, again.settled]).toEqual([1, 1]);
});

test("data is what it was when it was published", () => {
  const { outbox, drafts } = filled();
  const data = { count: 1 };
  void outbox.add(draft("a", data));
  data.count = 2;
  expect(drafts()).toEqual([draft("a", { count: 1 })]);
});

test.each([undefined, () => 1, 1n])("data that JSON does not know: %s", async (data) => {
  const { outbox, drafts } = filled();
  await expect(outbox.add({ ...draft("a"), data: data as never })).rejects.toThrow();
  expect(drafts()).toEqual([]);
});

test("what is restored comes in front; another user's is forgotten, one's own is not", () => {
  const { outbox, ids } = filled("new");
  outbox.restore([draft("old"), draft("older")]);
  expect(ids()).toEqual(["old", "older", "new"]);
  outbox.forgetKept();
  expect(ids()).toEqual(["new"]);
});
