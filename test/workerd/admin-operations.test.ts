import { expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";
import { holdingTimers } from "./support/timers.ts";

const DEEDS = [
  ["clears", "messages", 204],
  ["kicks", "connections", 200],
  ["erases", "", 204],
] as const;
const others = ["subscribe", "history", "publish", "signal", "presence"];
const TABLES = "SELECT name FROM sqlite_master WHERE name IN ('meta', 'log', 'members')";

test.each(DEEDS)("AUTH-5 AUTH-6 ADMIN-1: who %s needs admin in that very room", async (_deed, endpoint, status) => {
  const room = new Room("rights");
  await room.publish({ data: "kept" });
  const watcher = await connect(room, { user: "ann" });
  const ask = async (capabilities: object) =>
    room.call("DELETE", endpoint, { token: await tokenFor("bob", { capabilities }) });
  for (const capabilities of [
    {},
    { "*": others },
    { "room:other": ["admin"] },
    { [`user:${room.id}`]: ["*"] },
    { "*": "*" },
  ]) {
    const answer = await ask(capabilities);
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
  }
  await watcher.drained();
  expect(watcher.closed).toBeNull();
  expect((await room.call("GET", "messages")).body.messages).toHaveLength(1);
  for (const capabilities of [{ [`room:${room.id}`]: ["admin"] }, { "room:rights-*": ["*"] }])
    expect((await ask(capabilities)).status).toBe(status);
});

test.each(DEEDS)(
  "ADMIN-1 ADMIN-2 ADMIN-3: who %s a room that was never used leaves it unused",
  async (_deed, endpoint, status) => {
    const room = new Room("unused");
    const answer = await room.call("DELETE", endpoint);
    expect(answer.status).toBe(status);
    if (endpoint === "connections") expect(answer.body).toEqual({ closed: 0 });
    expect(await room.rows(TABLES)).toEqual([]);
    expect(await room.alarm()).toBeNull();
  },
);

test.each(["", "a%20b", "..", "x".repeat(129)])("ADMIN-2 ID-1: kicks nobody by the name %j", async (user) => {
  const room = new Room("names");
  const ann = await connect(room, { user: "ann" });
  const answer = await room.call("DELETE", "connections", { query: { user: decodeURIComponent(user) } });
  expect(answer).toMatchObject({ status: 400, body: { code: "bad_id" } });
  await ann.drained();
  expect(ann.closed).toBeNull();
});

test("ADMIN-2 PRESENCE-5: a kick ends that user's connections and no other's; the leave is told at once; it is no ban", async () => {
  const room = new Room("kick");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bobs = [await connect(room, { user: "bob" }), await connect(room, { user: "bob", query: { member: 0 } })];
  const bo = await connect(room, { user: "bo" });
  const kick = (user: string) => room.call("DELETE", "connections", { query: { user } });
  expect((await kick("Bob")).body).toEqual({ closed: 0 });
  expect((await kick("bob")).body).toEqual({ closed: 2 });
  for (const bob of bobs) expect(await bob.ended()).toEqual({ code: 4403, reason: "forbidden" });
  await ann.drained();
  expect(ann.framesOf("presence").flatMap(({ left }) => left ?? [])).toEqual([{ user: "bob" }]);
  await bo.drained();
  expect(bo.closed).toBeNull();
  expect((await kick("bob")).body).toEqual({ closed: 0 });
  const back = await connect(room, { user: "bob", query: { presence: "count" } });
  expect(back.welcome.presence).toEqual({ count: 3 });
});

/** A publish over each transport that has been accepted and is not written yet, then the deed, then the rest of time. */
async function inFlight(room: Room, bob: Client, deed: () => Promise<unknown>) {
  return holdingTimers(async (timers) => {
    bob.send({ type: "publish", event: "say", data: "by frame", ref: "p" });
    await bob.drained();
    const posted = room.publish({ data: "by request" });
    while (timers.waiting === 0) await room.wake();
    await bob.drained();
    await bob.drained();
    await deed();
    await timers.fireAll(room);
    return { posted: await posted };
  });
}

test.each([
  ["ADMIN-1 MSG-3: cleared", "messages"],
  ["ADMIN-3 MSG-3: erased", ""],
])("%s while publishes are in flight: they are acknowledged, in the old epoch, and gone", async (_what, endpoint) => {
  const room = new Room("in-flight");
  const before = (await room.publish({ data: "old" })).body.cursor;
  const epoch = before.split("-")[0];
  const bob = await connect(room, { user: "bob" });
  const { posted } = await inFlight(room, bob, () => room.call("DELETE", endpoint));
  expect(posted).toMatchObject({ status: 201, body: { cursor: expect.stringMatching(new RegExp(`^${epoch}-[23]$`)) } });
  await bob.until(() => bob.closed ?? bob.framesOf("gap").length > 0, "the end");
  const ack = bob.answers().find(({ ref }) => ref === "p");
  expect(ack).toMatchObject({ type: "ack", cursor: expect.stringMatching(new RegExp(`^${epoch}-[23]$`)) });
  expect(bob.seqs).toEqual([2, 3]);
  const page = (await room.call("GET", "messages", { query: { after: before } })).body;
  expect(page).toMatchObject({ messages: [], oldest: null, gap: { after: before, oldest: null, reason: "epoch" } });
  expect(page.cursor).not.toContain(epoch);
});

test("ADMIN-1 RESUME-3: a cursor of before a clear is a gap on every way back, also when the new log is longer", async () => {
  const room = new Room("cursors");
  const old = (await room.publish([{ data: 1 }, { data: 2 }])).body.results[0].cursor;
  await room.call("DELETE", "messages");
  await room.fill(5);
  const page = (await room.call("GET", "messages", { query: { after: old } })).body;
  expect(page.gap).toMatchObject({ after: old, reason: "epoch" });
  expect(page.messages.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5]);
  const bob = await connect(room, { user: "bob", query: { after: old } });
  await bob.drained();
  expect(bob.welcome.resume).toBe("gap");
  expect(bob.frames.slice(1, 3)).toMatchObject([{ type: "gap", after: old, reason: "epoch" }, { type: "messages" }]);
  expect(bob.seqs).toEqual([1, 2, 3, 4, 5]);
  const asked = await bob.request({ type: "history", after: old });
  expect(asked.gap).toMatchObject({ after: old, reason: "epoch" });
});

test("ADMIN-1: a clear touches neither members nor what comes after; each clear is another epoch", async () => {
  const room = new Room("again");
  await room.publish({ data: "old", id: "1" });
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob", query: { data: '{"mood":"fine"}' } });
  for (let n = 0; n < 3; n++) {
    await room.call("DELETE", "messages");
    expect(await bob.request({ type: "publish", id: "1", event: "say", data: n })).toMatchObject({ seq: 1 });
  }
  await ann.drained();
  expect(ann.framesOf("gap")).toHaveLength(3);
  const epochs = bob.answers().flatMap(({ cursor }) => (cursor === undefined ? [] : [cursor.split("-")[0]]));
  expect(new Set([ann.welcome.cursor.split("-")[0], ...epochs]).size).toBe(4);
  expect(ann.framesOf("presence")).toMatchObject([{ joined: [{ user: "bob" }] }]);
  const { members } = (await room.call("GET", "presence")).body;
  expect(members).toMatchObject([{ user: "ann" }, { user: "bob", data: { mood: "fine" } }]);
});

test("ADMIN-3: an erased room forgets ids and members of before; its next use begins at 1 in a new epoch", async () => {
  const room = new Room("erased");
  const bob = await connect(room, { user: "bob", query: { data: '"old"' } });
  const before = await bob.request({ type: "publish", id: "1", event: "say", data: 1 });
  expect((await room.call("DELETE", "")).status).toBe(204);
  expect(await bob.ended()).toEqual({ code: 4410, reason: "gone" });
  expect(await room.rows(TABLES)).toEqual([]);
  const back = await connect(room, { user: "bob", query: { presence: "members" } });
  expect(back.welcome).toMatchObject({ resume: "live", cursor: expect.stringMatching(/-0$/) });
  expect(back.welcome.presence.members).toMatchObject([{ user: "bob", data: null, connections: 1 }]);
  const after = await back.request({ type: "publish", id: "1", event: "say", data: 2 });
  expect(after).toMatchObject({ type: "ack", seq: 1 });
  expect(after).not.toHaveProperty("duplicate");
  expect(after.cursor.split("-")[0]).not.toBe(before.cursor.split("-")[0]);
});
