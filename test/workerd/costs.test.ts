import { expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { alarmsSet, type Deed, outline, recording, rowsWritten, statements } from "./support/recorder.ts";
import { Room } from "./support/room.ts";
import { openStream } from "./support/stream.ts";
import { holdingTimers } from "./support/timers.ts";
import { until } from "./support/until.ts";

/** A room that has been used, with a member; its alarm is set. */
async function usedRoom(): Promise<{ room: Room; ann: Client; bob: Client }> {
  const room = new Room("costs");
  await room.publish({ data: "first" });
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob", query: { data: '"here"' } });
  await ann.until(() => ann.framesOf("presence").length === 1, "bob's join");
  return { room, ann, bob };
}

const poll = (room: Room, query: Record<string, string | number>) => room.call("GET", "poll", { query });

/** Pipelines so many publishes into one flush. */
async function flushOf(room: Room, client: Client, count: number): Promise<void> {
  await holdingTimers(async (timers) => {
    for (let n = 0; n < count; n++) client.send({ type: "publish", event: "say", data: n, id: `${n}` });
    await client.drained(); // they have all been accepted
    expect(timers.waiting).toBe(1);
    await timers.fire(room);
  });
  await client.drained();
}

const told = (client: Client, count: number) =>
  client.until(() => client.framesOf("presence").length >= count, "news of presence");

/** Rows written, but for those that say that somebody has left: they come later, and may be another test's. */
const rowsOf = (deeds: Deed[]) =>
  rowsWritten(deeds.filter((deed) => deed.kind !== "sql" || !/last_seen = |DELETE FROM places/.test(deed.statement)));

test.each<[string, number, (used: { room: Room; ann: Client; bob: Client }) => Promise<unknown>]>([
  ["a publish", 1, ({ bob }) => bob.request({ type: "publish", event: "say", data: 1 })],
  ["a publish over HTTP", 1, ({ room }) => room.publish({ data: 1, id: "a" })],
  ["an array of 100", 1, ({ room }) => room.publish(Array.from({ length: 100 }, (_, data) => ({ data })))],
  ["a flush of 50 publishes", 1, ({ room, bob }) => flushOf(room, bob, 50)],
  ["a flush of 100 publishes", 1, ({ room, bob }) => flushOf(room, bob, 100)],
  ["a flush of 1,000 publishes", 1, ({ room, bob }) => flushOf(room, bob, 1000)],
  // One is the member's, one tells the user's own object where they are.
  ["a join", 2, ({ room, ann }) => connect(room, { user: "carol" }).then(() => told(ann, 2))],
  ["a leave", 1, ({ ann, bob }) => bob.request({ type: "leave" }).then(() => told(ann, 2))],
  ["new member data", 1, ({ bob }) => bob.request({ type: "presence", data: "there" })],
  ["the same member data", 0, ({ bob }) => bob.request({ type: "presence", data: "here" })],
  ["a second connection of a member", 0, ({ room }) => connect(room, { user: "bob" })],
  ["a connection that is no member", 1, ({ room }) => connect(room, { user: "eve", query: { member: 0 } })],
  ["a history read", 0, ({ room }) => room.call("GET", "messages")],
  ["a presence read", 0, ({ room }) => room.call("GET", "presence")],
  ["a replay", 0, ({ room }) => connect(room, { user: "bob", query: { rewind: 10, member: 0 } })],
  ["a stream that is no member's", 0, ({ room }) => openStream(room, { user: "bob", query: { rewind: 10 } })],
  ["a poll that is no member's", 0, ({ room }) => poll(room, { user: "bob", timeout: 0 })],
  ["a publish that is refused", 0, ({ bob }) => bob.request({ type: "publish", event: "edgewire.x", data: 1 })],
  [
    "a signal",
    0,
    async ({ ann, bob }) => {
      await bob.request({ type: "signal", event: "typing", data: true });
      await ann.until(() => ann.framesOf("signals").length > 0, "the signal");
    },
  ],
])("MSG-3 SIGNAL-1 %s writes %i rows and sets no alarm", async (_what, rows, act) => {
  const used = await usedRoom();
  for (const user of ["carol", "eve"]) await connect(new Room("elsewhere"), { user }); // whose objects have tables now
  const deeds = await recording(used.room, () => act(used));
  expect(rowsOf(deeds)).toBe(rows);
  expect(alarmsSet(deeds)).toBe(0);
});

test("PRESENCE-6 a break and a return within the grace write two rows each (one is the index of graces) and one alarm", async () => {
  const { room, ann, bob } = await usedRoom();
  const broken = await recording(room, async () => {
    await bob.close(1001);
    await ann.drained();
  });
  expect(rowsOf(broken)).toBeLessThanOrEqual(2);
  expect(alarmsSet(broken)).toBe(1);
  const back = await recording(room, () => connect(room, { user: "bob" }));
  expect(rowsOf(back)).toBeLessThanOrEqual(2);
  expect(alarmsSet(back)).toBe(0);
});

test("POLL-3 each further poll of a member writes no more than a break and a return, and at most one alarm", async () => {
  const { room } = await usedRoom();
  const query = { user: "eve", member: 1 };
  const { cursor: after, connection } = (await poll(room, query)).body;
  const gone = () =>
    until(async () => (await room.call("GET", "presence")).body.members[2]?.connections === 0, "its end");
  await gone();
  const deeds = await recording(room, async () => {
    await poll(room, { ...query, after, connection, timeout: 0 });
    await gone();
  });
  expect(rowsOf(deeds)).toBeLessThanOrEqual(4);
  expect(alarmsSet(deeds)).toBeLessThanOrEqual(1);
});

test("MSG-3 publishes one after the other fill rows of 64, and set no alarm", async () => {
  const { room, bob } = await usedRoom();
  const deeds = await recording(room, async () => {
    for (let n = 0; n < 200; n++) await bob.request({ type: "publish", event: "say", data: n });
  });
  expect(rowsOf(deeds)).toBe(200);
  expect(alarmsSet(deeds)).toBe(0);
  expect(statements(deeds).filter((statement) => statement.includes("INSERT"))).toHaveLength(3);
});

test("MSG-5 a retry writes nothing", async () => {
  const { room, bob } = await usedRoom();
  const message = { type: "publish", event: "say", data: 1, id: "x" };
  await bob.request(message);
  await room.hibernate();
  const deeds = await recording(room, async () => {
    expect(await bob.request(message)).toMatchObject({ type: "ack", duplicate: true });
  });
  expect(rowsOf(deeds)).toBe(0);
});

test("HEART-1 questions of a wake read a handful of rows and write none", async () => {
  const { room, ann } = await usedRoom();
  await room.hibernate();
  const deeds = await recording(room, () => ann.request({ type: "members" }));
  expect(rowsOf(deeds)).toBe(0);
  expect(outline(deeds)).toEqual(["send ack"]);
});

test("AUTH-6 the first use of a room makes its tables, one row of meta, and no more than it needs", async () => {
  const room = new Room("first");
  await room.wake();
  const deeds = await recording(room, () => room.publish({ data: 1 }));
  expect(outline(deeds)).toEqual(["write meta", "write log", "set alarm"]);
});

test("PRESENCE-9 questions about a room that was never used write nothing and make no tables", async () => {
  const room = new Room("unused");
  await room.wake();
  const deeds = await recording(room, async () => {
    const presence = await room.call("GET", "presence");
    expect(presence.body).toEqual({ count: 0, members: [] });
    expect((await room.call("GET", "presence", { query: { limit: 0 } })).body).toMatchObject({ count: 0 });
    const put = { query: { connection: "nobody's" }, body: { data: 1 } };
    expect((await room.call("PUT", "presence", put)).status).toBe(404);
    expect((await room.call("POST", "signals", { body: { event: "x", data: 1 } })).status).toBe(202);
  });
  expect(rowsOf(deeds)).toBe(0);
  expect(alarmsSet(deeds)).toBe(0);
  expect(await room.rows("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")).toEqual([]);
});
