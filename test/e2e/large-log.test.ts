import { beforeAll, describe, expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Client, Query } from "../support/client.ts";
import { type History, positionOf } from "../support/frames.ts";
import { wholeLog } from "../support/log.ts";
import { uniqueRoom, useService } from "../support/service.ts";

const service = useService();
const retained = 10_000;
const outgoingLimit = 262_144;
const room = uniqueRoom("log");
const pad = "x".repeat(500);
let epoch = "";

beforeAll(async () => {
  epoch = positionOf(await service.fill(room, retained, pad)).epoch;
});

const at = (seq: number) => `${epoch}-${seq}`;

/** The longest time between two messages of a listener from `start` to `end`, in milliseconds. */
function longestSilence(listener: Client, start: number, end: number): number {
  const times = listener.frames.map((received) => received.at).filter((time) => time > start && time < end);
  return Math.max(...[...times, end].map((time, index) => time - (times[index - 1] ?? start)));
}

describe("10,000 messages", () => {
  it("RETAIN-1 are paged forward", async () => {
    const log = await wholeLog(service, room);
    expect(log.map(({ message }) => message.data)).toEqual(log.map((_, index) => ({ n: index + 1, pad })));
    expect(log).toHaveLength(retained);
  });

  it("RETAIN-1 are paged backward", async () => {
    const seqs: number[] = [];
    for (let before = at(retained + 1); ; ) {
      const query = { before, limit: 1000, order: "desc" };
      const { body } = await service.room<History>("GET", room, "messages", { query });
      seqs.push(...body.messages.map(({ seq }) => seq));
      if (!body.more) break;
      before = body.cursor;
    }
    expect(seqs).toEqual(Array.from({ length: retained }, (_, index) => retained - index));
  });

  it("RESUME-5 are replayed to ten clients at once, while the talk of others goes on", async () => {
    const talker = await service.joinAs("talker", room);
    const listener = await service.join("listener", room, { presence: "count" });
    let talking = true;
    const talk = async () => {
      for (let n = 0; talking; n++) await talker.request({ type: "publish", data: { talk: n } });
    };
    const talks = talk();
    await listener.until(({ messages }) => messages.length >= 10, "the talk");
    const start = performance.now();
    const readers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => service.join(`reader-${n}`, room, { after: at(0) }, { timeout: 30_000 })),
    );
    const caughtUp = async (reader: Client) => {
      const head = positionOf(reader.welcome.cursor).seq;
      await reader.until(({ messages }) => (messages.at(-1)?.seq ?? 0) >= head, "the head of its welcome", 40_000);
      return performance.now();
    };
    const end = Math.max(...(await Promise.all(readers.map(caughtUp))));
    talking = false;
    await talks;

    const last = (await wholeLog(service, room)).at(-1)?.cursor;
    for (const reader of [listener, ...readers]) await reader.until(({ cursor }) => cursor === last, "the head");
    expect(longestSilence(listener, start, end)).toBeLessThan((end - start) / 2);
    // The talk pushes the oldest out, which those who begin at the beginning must be told, and truly.
    const seen = readers.map(({ chain }) => assertExactlyOnce(chain, { gaps: true }));
    for (const each of seen) expect(each.length).toBeGreaterThanOrEqual(retained);
    for (const { frame } of readers.flatMap(({ frames }) => frames)) {
      if (frame.type === "gap") expect(frame.reason).toBe("expired");
    }
    assertSameLog([assertExactlyOnce(listener.chain), ...seen]);
  });

  it("FRAME-7 come in no frame over 256 KiB, replayed or as history", async () => {
    const reader = await service.join("alice", room, { rewind: 1000 });
    await reader.until(({ messages }) => messages.length === 1000, "the replay");
    const page = (await reader.request({ type: "history", limit: 1000 })) as unknown as History;
    expect(page).toMatchObject({ type: "ack", more: true });
    for (const { text } of reader.frames) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(outgoingLimit);
  });

  it("RETAIN-1 are what is kept: those before are gone, and that is told", async () => {
    await service.fill(room, 50);
    const read = async (query: Query) => (await service.room<History>("GET", room, "messages", { query })).body;
    const head = (await read({ limit: 1 })).messages[0]?.seq ?? 0;
    const oldest = head - retained + 1;
    const expired = { after: at(oldest - 2), oldest: at(oldest), reason: "expired" };
    const page = await read({ after: at(oldest - 2), limit: 1 });
    expect([page.gap, page.oldest, page.messages[0]?.seq]).toEqual([expired, at(oldest), oldest]);
    expect((await read({ after: at(oldest - 1), limit: 1 })).gap).toBeNull();

    const late = await service.join("late", room, { after: at(oldest - 2) });
    expect(late.welcome.resume).toBe("gap");
    const inTime = await service.join("in-time", room, { after: at(oldest - 1) });
    expect(inTime.welcome.resume).toBe("replay");
    for (const reader of [late, inTime]) await reader.until(({ cursor }) => cursor === at(head), "the head");
    expect(late.framesOf("gap")).toEqual([{ type: "gap", ...expired }]);
    expect(assertExactlyOnce(late.chain, { gaps: true })).toHaveLength(retained);
    expect(assertExactlyOnce(inTime.chain)).toHaveLength(retained);
  });
});
