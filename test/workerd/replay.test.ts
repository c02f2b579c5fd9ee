import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

const MESSAGES = 10_000;
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** A room with a full log, of some ten pages of a replay; and its epoch. */
const full = (async () => {
  const room = new Room("replay");
  await room.fill(MESSAGES, 150);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  return { room, epoch: body.cursor.split("-")[0] as string };
})();

test("RESUME-2 RESUME-5 a replay of 10,000 messages goes on where it was, with a hibernation before every page", async () => {
  const { room, epoch } = await full;
  const { reader, constructions } = await holdingTimers(async (timers) => {
    const reader = await connect(room, { user: "reader", query: { after: `${epoch}-0`, member: 0 } });
    const instances = new Set<object>();
    while (timers.waiting > 0) {
      await room.hibernate();
      timers.drop();
      await room.inside((object) => instances.add(object));
      expect(timers.waiting).toBe(1);
      await timers.fire(room);
    }
    return { reader, constructions: instances.size };
  });
  await reader.drained();
  expect(constructions).toBeGreaterThan(5);
  expect(reader.welcome.resume).toBe("replay");
  expect(reader.framesOf("gap")).toEqual([]);
  expect(reader.seqs).toEqual(upTo(MESSAGES));
});

test("RESUME-2 a replay of 10,000 messages loses and doubles nothing when every page is followed by a crash", async () => {
  const { room, epoch } = await full;
  const seen: number[] = [];
  const connections = await holdingTimers(async (timers) => {
    for (let connections = 1; ; connections++) {
      const after = `${epoch}-${seen.at(-1) ?? 0}`;
      const reader = await connect(room, { user: "reader", query: { after, member: 0 } });
      await reader.drained();
      seen.push(...reader.seqs);
      if (timers.waiting === 0) return connections;
      await room.crash();
      timers.drop();
      await reader.ended();
    }
  });
  expect(connections).toBeGreaterThan(5);
  expect(seen).toEqual(upTo(MESSAGES));
});

test("RESUME-2 RESUME-5 live messages follow a replay without a seam, though the object hibernates meanwhile", async () => {
  const room = new Room("seam");
  await room.fill(3000, 300);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  let published = 3000;
  const reader = await holdingTimers(async (timers) => {
    const writer = await connect(room, { user: "writer", query: { echo: 0 } });
    const after = body.cursor.replace(/\d+$/, "0");
    const reader = await connect(room, { user: "reader", query: { after, member: 0 } });
    while (timers.waiting > 0) {
      await room.hibernate();
      timers.drop();
      writer.send({ type: "publish", event: "live", data: ++published });
      await writer.drained(); // by now it was accepted
      expect(timers.waiting).toBe(2);
      await timers.fire(room); // a page; with the last one the reader is live
      await timers.fire(room); // the flush
    }
    return reader;
  });
  await reader.drained();
  expect(published).toBeGreaterThan(3002);
  expect(reader.framesOf("gap")).toEqual([]);
  expect(reader.seqs).toEqual(upTo(published));
});
