import { expect, test } from "vitest";
import type { HistoryQuery } from "../../../src/core/history.ts";
import type { Cursor } from "../../../src/protocol/cursor.ts";
import { pageOf, type Told } from "../../support/history-model.ts";
import { TestChannel } from "../../support/test-channel.ts";

const EPOCH = "epoch001";

/** Messages 1 to `count`, two a second; those from `oldest` on are retained. */
function channelOf(count: number, oldest: number) {
  const world = new TestChannel({ RETAIN_MESSAGES: count - oldest + 1 });
  world.channel.history(queryOf({}), 1, world.now); // makes the epoch
  const retained: Told[] = [];
  for (let seq = 1; seq <= count; seq++) {
    world.now = 1_764_000_000_000 + Math.floor(seq / 2) * 1000;
    world.publish("alice", [{ data: seq }]);
    world.settle();
    if (seq >= oldest) retained.push({ seq, at: world.now });
  }
  return { world, retained, head: count };
}

function queryOf(parts: Partial<HistoryQuery>): HistoryQuery {
  return { after: null, before: null, from: null, to: null, limit: 100, order: "asc", ...parts };
}

const at = (half: number) => 1_764_000_000_000 + half * 500;
const cursors: (Cursor | null)[] = [
  null,
  ...[0, 1, 2, 3, 4, 6, 8, 9, 12].map((seq) => ({ epoch: EPOCH, seq })),
  { epoch: "epoch999", seq: 5 },
];
const TIMES = [null, at(3), at(4), at(5), at(99)];
const LIMITS = [1, 2, 6, 100];

function* queries(): Generator<HistoryQuery> {
  for (const after of cursors)
    for (const before of cursors)
      for (const from of TIMES)
        for (const to of TIMES)
          for (const limit of LIMITS)
            for (const order of ["asc", "desc"] as const) yield { after, before, from, to, limit, order };
}

test.each([
  ["some of it retained", 8, 3],
  ["all of it retained", 8, 1],
  ["nothing retained", 8, 9],
  ["a log never used", 0, 1],
])(
  "HISTORY-1 HISTORY-2 HISTORY-3 HISTORY-4 HISTORY-5 every combination of what can be asked: %s",
  (_name, count, oldest) => {
    const { world, retained, head } = channelOf(count, oldest);
    const { channel, now } = world;
    for (const query of queries()) {
      const page = JSON.parse(`{${channel.history(query, 1e6, now)}}`);
      const told = { ...page, messages: page.messages.map(({ seq }: { seq: number }) => seq) };
      const expected = pageOf(query, retained, EPOCH, head);
      // One comparison as text: a matcher for each of tens of thousands would take seconds.
      if (JSON.stringify(told) !== JSON.stringify(expected)) expect({ query, ...told }).toEqual({ query, ...expected });
    }
  },
);

test("HISTORY-4 passing the cursor on reads everything once, forward and backward, in either order", () => {
  const { world } = channelOf(9, 2);
  for (const order of ["asc", "desc"] as const)
    for (const limit of [1, 2, 3, 8]) {
      const forward: number[] = [];
      let after = { epoch: EPOCH, seq: 1 };
      for (let more = true; more; ) {
        const page = world.history({ after, limit, order });
        const seqs = page.messages.map(({ seq }: { seq: number }) => seq);
        forward.push(...(order === "asc" ? seqs : seqs.toReversed()));
        after = { epoch: EPOCH, seq: Number(page.cursor.split("-")[1]) };
        more = page.more;
      }
      expect(forward).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);

      const backward: number[] = [];
      let before = { epoch: EPOCH, seq: 10 };
      for (let more = true; more; ) {
        const page = world.history({ before, limit, order });
        const seqs = page.messages.map(({ seq }: { seq: number }) => seq);
        backward.push(...(order === "asc" ? seqs.toReversed() : seqs));
        before = { epoch: EPOCH, seq: Number(page.cursor.split("-")[1]) };
        more = page.more;
      }
      expect(backward).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
    }
});

test("HISTORY-2 a page ends at its bytes, and holds one message at least", () => {
  const world = new TestChannel();
  for (let count = 0; count < 4; count++) world.publish("alice", [{ data: "é".repeat(450) }]);
  world.settle();
  const [first] = world.history().messages;
  const bytes = Buffer.byteLength(JSON.stringify(first));
  const pages = [bytes * 3 + 2, bytes * 3 + 1, bytes, 1].map((max) => world.history({}, max).messages.length);
  expect(pages).toEqual([3, 2, 1, 1]);
  expect(world.history({}, 1)).toMatchObject({ messages: [{ seq: 4 }], more: true });
  expect(world.history({ after: { epoch: EPOCH, seq: 0 } }, 1)).toMatchObject({ messages: [{ seq: 1 }], more: true });
});

test("HISTORY-6 a read after an ack holds the acknowledged message", () => {
  const world = new TestChannel();
  const alice = world.connect("alice");
  alice.send({ type: "publish", ref: "1", data: "here" });
  world.settle();
  alice.send({ type: "history", ref: "2" });
  const [ack, page] = alice.news().filter(({ type }) => type === "ack");
  expect(ack).toMatchObject({ type: "ack", ref: "1", seq: 1 });
  expect(page).toMatchObject({ type: "ack", ref: "2", messages: [{ seq: 1, data: "here" }], cursor: ack.cursor });
});

test("RETAIN-1 what is not retained is not read, at that very moment", () => {
  const { world } = channelOf(4, 1);
  const { now } = world;
  world.now = now + world.config.RETAIN_AGE;
  expect(world.history()).toMatchObject({ messages: [{ seq: 4 }], oldest: `${EPOCH}-4`, more: false });
  world.now += 1;
  expect(world.history()).toEqual({ messages: [], cursor: `${EPOCH}-4`, more: false, oldest: null, gap: null });
});

test("RESUME-3 HISTORY-5 a row that cannot be read is a gap, never a silent hole", () => {
  const world = new TestChannel();
  for (let count = 0; count < 3; count++) {
    world.publish("alice", [{ data: "x".repeat(40_000) }]);
    world.settle();
  }
  world.sql.exec("UPDATE log SET entries = 'nonsense' WHERE first_seq = 2");
  const page = world.history({ after: { epoch: EPOCH, seq: 1 } });
  expect(page.messages.map(({ seq }: { seq: number }) => seq)).toEqual([3]);
  expect(page.gap).toMatchObject({ after: `${EPOCH}-1` });
});
