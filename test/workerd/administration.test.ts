import { afterEach, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { playAlarms, setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

afterEach(useRealClock);

const erase = (room: Room) => room.call("DELETE", "");
const clear = (room: Room) => room.call("DELETE", "messages");
const epochOf = (cursor: string) => cursor.split("-")[0];

test.each([false, true])(
  "ADMIN-3 an erased room ends its connections and begins anew (asleep before: %s)",
  async (asleep) => {
    const room = new Room("erased");
    const before = (await room.publish({ data: "old", id: "x" })).body;
    const ann = await connect(room, { user: "ann", query: { presence: "members" } });
    const bob = await connect(room, { user: "bob" });
    if (asleep) await room.hibernate();
    expect((await erase(room)).status).toBe(204);
    expect([await ann.ended(), await bob.ended()]).toEqual(Array(2).fill({ code: 4410, reason: "gone" }));
    expect(await room.rows("SELECT name FROM sqlite_master WHERE name IN ('meta', 'log', 'members')")).toEqual([]);
    expect((await room.call("GET", "presence")).body).toEqual({ count: 0, members: [] });
    const after = (await room.publish({ data: "new", id: "x" })).body;
    expect(after.seq).toBe(1);
    expect(epochOf(after.cursor)).not.toBe(epochOf(before.cursor));
    const back = await connect(room, { user: "bob", query: { after: before.cursor } });
    await back.drained();
    expect(back.framesOf("gap")).toMatchObject([{ reason: "epoch" }]);
    expect(back.seqs).toEqual([1]);
  },
);

test("ADMIN-3 alarms that ring after an erasure do no harm, and end", async () => {
  const start = Date.now();
  setClock(start);
  const room = new Room("erased-alarm");
  await room.publish({ data: "old" });
  const bob = await connect(room, { user: "bob" });
  await connect(room, { user: "ann", query: { presence: "members" } });
  await bob.close(1001);
  await erase(room);
  await room.hibernate();
  expect((await playAlarms(room, start + 72 * 3_600_000, { hibernating: true })).length).toBeLessThanOrEqual(2);
  expect(await room.alarm()).toBeNull();
  expect(await room.rows("SELECT name FROM sqlite_master WHERE name IN ('meta', 'log', 'members')")).toEqual([]);
});

test("ADMIN-3 MSG-3 what was accepted before an erasure is answered, and is in no later life of the room", async () => {
  const room = new Room("erased-pending");
  const bob = await connect(room, { user: "bob" });
  await holdingTimers(async (timers) => {
    bob.send({ type: "publish", event: "say", data: "pending", ref: "p" });
    await bob.drained();
    await erase(room);
    await timers.fireAll(room);
  });
  expect(await bob.ended()).toMatchObject({ code: 4410 });
  expect(bob.answers().find(({ ref }) => ref === "p")).toMatchObject({ type: "ack", seq: 1 });
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
});

test.each([false, true])(
  "ADMIN-1 RESUME-4 a clear tells a gap to all, and ids are free again (asleep before: %s)",
  async (asleep) => {
    const room = new Room("cleared");
    const before = (await room.publish([{ data: "old", id: "x" }, { data: "older" }])).body.results[1];
    const bob = await connect(room, { user: "bob" });
    if (asleep) await room.hibernate();
    expect((await clear(room)).status).toBe(204);
    const after = (await room.publish({ data: "new", id: "x" })).body;
    await bob.drained();
    expect(bob.framesOf("gap")).toMatchObject([{ type: "gap", after: before.cursor, oldest: null, reason: "epoch" }]);
    expect(after).toMatchObject({ seq: 1 });
    expect(after.duplicate).toBeUndefined();
    expect(bob.seqs).toEqual([1]);
  },
);

test.each([false, true])(
  "ADMIN-1 RESUME-4 a clear in the middle of a replay is a gap there (asleep before: %s)",
  async (asleep) => {
    const room = new Room("cleared-replay");
    await room.fill(3000, 300);
    const cursor: string = (await room.call("GET", "messages")).body.cursor;
    await holdingTimers(async (timers) => {
      const bob = await connect(room, { user: "bob", query: { after: cursor.replace(/\d+$/, "0"), member: 0 } });
      await bob.drained();
      const reached = bob.seqs.length;
      expect(reached).toBeLessThan(3000);
      await clear(room);
      if (asleep) {
        await room.hibernate();
        timers.drop();
        await room.wake();
      }
      await timers.fireAll(room);
      const published = room.publish({ data: "new" });
      while (timers.waiting === 0) await room.wake();
      await timers.fireAll(room);
      await published;
      await bob.drained();
      const gap = { type: "gap", after: `${epochOf(cursor)}-${reached}`, oldest: null, reason: "epoch" };
      expect(bob.framesOf("gap")).toMatchObject([gap]);
      expect(bob.seqs.slice(reached)).toEqual([1]);
    });
  },
);

test.each([false, true])(
  "ADMIN-2 closes a user's connections, or all, with 4403 (asleep before: %s)",
  async (asleep) => {
    const room = new Room("kicked");
    const ann = await connect(room, { user: "ann", query: { presence: "members" } });
    const bobs = [await connect(room, { user: "bob" }), await connect(room, { user: "bob" })];
    if (asleep) await room.hibernate();
    const kick = (query: Record<string, string>) => room.call("DELETE", "connections", { query });
    expect((await kick({ user: "bob" })).body).toEqual({ closed: 2 });
    for (const bob of bobs) expect(await bob.ended()).toEqual({ code: 4403, reason: "forbidden" });
    await ann.drained();
    expect(ann.framesOf("presence").at(-1)).toEqual({ type: "presence", count: 1, left: [{ user: "bob" }] });
    expect((await kick({})).body).toEqual({ closed: 1 });
    expect(await ann.ended()).toMatchObject({ code: 4403 });
  },
);
