import fc from "fast-check";
import { expect, test } from "vitest";
import { Batch, CHUNK_BYTES, CHUNK_MESSAGES, cutIntoChunks, type Entry } from "../../../src/core/batch.ts";
import { messagesFrame } from "../../../src/core/frame.ts";
import type { Session } from "../../../src/core/session.ts";
import { type EntryParts, entry, sizedEntry } from "../../support/log-entries.ts";
import { holds } from "../../support/property.ts";
import { TestChannel } from "../../support/test-channel.ts";

/** Bytes of the frame around messages. */
const sizeOf = (joined: string) => Buffer.byteLength(messagesFrame(joined, "", () => []).text);

function waiting(seq: number, parts: EntryParts & { origin?: Session | null } = {}): Entry {
  return { ...entry(seq, parts), id: `m${seq}`, origin: parts.origin ?? null };
}

test("MSG-3 a batch knows what waits in it, and how much that is", () => {
  const batch = new Batch();
  expect([batch.isEmpty, batch.bytes, batch.find("u\na")]).toEqual([true, 0, undefined]);
  const [first, second] = [waiting(1), waiting(2, { data: "é" })];
  batch.add(first, "u\na");
  batch.add(second, null);
  expect([batch.isEmpty, batch.bytes]).toEqual([false, first.bytes + second.bytes]);
  expect(batch.find("u\na")).toBe(first);
  expect([...batch.keys()]).toEqual([["u\na", first]]);
});

test("PUBLISH-2 a batch cut back has nothing of what came after: no message, byte or id", () => {
  const batch = new Batch();
  const kept = waiting(1);
  batch.add(kept, "u\na");
  for (const seq of [2, 3, 4]) batch.add(waiting(seq), `u\n${seq}`);
  batch.truncate(1);
  expect(batch.entries).toEqual([kept]);
  expect(batch.bytes).toBe(kept.bytes);
  expect([...batch.keys()]).toEqual([["u\na", kept]]);
  expect(batch.find("u\n2")).toBeUndefined();
});

test("FRAME-8 a batch remembers who does not want their own back", () => {
  const world = new TestChannel();
  const [muted, heard] = [world.connect("alice", { echo: false }).session, world.connect("bob").session];
  const batch = new Batch();
  for (const [seq, origin] of [muted, heard, null, muted].entries()) batch.add(waiting(seq + 1, { origin }), null);
  expect([...batch.muted]).toEqual([muted]);
});

test("MSG-3 a batch is committed when it settles, for who asked before and after", async () => {
  const batch = new Batch();
  let done = 0;
  const before = batch.committed.then(() => done++);
  await Promise.resolve();
  expect(done).toBe(0);
  batch.settle();
  await before;
  await batch.committed;
  expect(done).toBe(1);
  new Batch().settle(); // nobody waits: no fault
});

const sizes = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 60, max: 3000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 50_000, max: 140_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: CHUNK_BYTES - 3, max: CHUNK_BYTES + 3 }) },
  ),
  { maxLength: 40 },
);

/** Messages of so many bytes, without the cost of making their texts. */
const ofSizes = (sizes: readonly number[]): Entry[] =>
  sizes.map((bytes, index) => ({ ...waiting(index + 1), text: `${index + 1}`, bytes }));

test("FRAME-7 chunks hold all messages in order, at most 256 KiB each unless one alone is larger", () => {
  holds(
    fc.property(sizes, (sizes) => {
      const messages = ofSizes(sizes);
      const chunks = cutIntoChunks(messages);
      expect(chunks.flatMap(({ entries }) => entries)).toEqual(messages);
      for (const { entries, text, bytes } of chunks) {
        expect(text).toBe(entries.map((message) => message.text).join(","));
        expect(bytes).toBe(entries.reduce((sum, message) => sum + message.bytes, 0));
        const frame = sizeOf("") + bytes + entries.length - 1;
        if (entries.length > 1) expect(frame).toBeLessThanOrEqual(256 * 1024);
        expect(entries.length).toBeLessThanOrEqual(CHUNK_MESSAGES);
      }
      // No chunk could have taken the first message of the next.
      for (const [index, next] of chunks.slice(1).entries()) {
        const { bytes, entries } = chunks[index] as (typeof chunks)[0];
        const more = next.entries[0]?.bytes ?? 0;
        if (entries.length < CHUNK_MESSAGES) expect(bytes + entries.length + more + 1).toBeGreaterThan(CHUNK_BYTES);
      }
    }),
    300,
  );
});

test("FRAME-7 of nothing there are no chunks", () => {
  expect(cutIntoChunks([])).toEqual([]);
});

test("FRAME-7 the frame of a full chunk is measured, not guessed: 256 KiB at most, in UTF-8", () => {
  const messages = Array.from({ length: 700 }, (_, index) => {
    return { ...sizedEntry(index + 1, 500, { data: "" }), id: "m", origin: null };
  });
  const wide = messages.map((message) => ({ ...message, text: message.text.replaceAll("xx", "é") }));
  const frames = cutIntoChunks(wide).map(({ text }) => sizeOf(text));
  expect(frames.length).toBe(2);
  for (const bytes of frames) expect(bytes).toBeLessThanOrEqual(256 * 1024);
});
