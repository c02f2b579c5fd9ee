import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const admin = {
  clear: (world: TestChannel) => world.turn(({ channel }) => channel.administration.clear(world.now)),
  kick: (world: TestChannel, user: string | null) =>
    world.turn(({ channel }) => channel.administration.kick(user, world.now)),
  revoke: (world: TestChannel, user: string, second: number) =>
    world.turn(({ channel }) => channel.administration.revoke(user, second, world.now)),
  erase: (world: TestChannel) => world.turn(({ channel }) => channel.administration.erase(world.now)),
};

const tablesOf = (world: TestChannel) => world.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'");
const untilHere = (peer: Peer) => peer.news().map(({ type }) => type);

test("ADMIN-1 after a clear the log is empty, connections stay, and all are told of the new epoch", () => {
  const world = new TestChannel();
  const peers = [world.connect("alice"), world.connect("bob")];
  world.publish("alice", [{}, {}]);
  world.settle();
  for (const peer of peers) peer.news();
  admin.clear(world);
  const gap = { type: "gap", after: "epoch001-2", oldest: null, reason: "epoch", cursor: "epoch002-0" };
  expect(peers.map((peer) => peer.news())).toEqual([[gap], [gap]]);
  expect(world.history()).toMatchObject({ messages: [], cursor: "epoch002-0", oldest: null });
  world.publish("alice", [{}]);
  world.settle();
  expect(peers[0]?.news()).toMatchObject([{ type: "messages", messages: [{ seq: 1 }] }]);
  const late = world.connect("carol", { start: { kind: "after", cursor: { epoch: "epoch001", seq: 2 } } });
  expect(late.news()[1]).toMatchObject({ type: "gap", reason: "epoch", oldest: "epoch002-1" });
});

test("ADMIN-1 the ids of what was cleared are free", () => {
  const world = new TestChannel();
  world.publish("alice", [{ id: "a", data: 1 }]);
  world.settle();
  world.publish("alice", [{ id: "a", data: 1 }]);
  world.settle();
  admin.clear(world);
  expect(world.publish("alice", [{ id: "a", data: 2 }])).toMatchObject({ receipts: [{ seq: 1, duplicate: false }] });
});

test("ADMIN-1 MSG-3 what waited is taken, acknowledged in the old log, and cleared with it", async () => {
  const world = new TestChannel();
  const alice = world.connect("alice");
  alice.news();
  alice.send({ type: "publish", ref: "1", data: 1 });
  const { committed } = world.publish("bob", [{}]) as { committed: Promise<void> };
  admin.clear(world);
  await committed;
  const news = alice.news();
  expect(news.at(-1)).toMatchObject({ type: "gap", after: "epoch001-2", reason: "epoch" });
  expect(news.find(({ type }) => type === "ack")).toMatchObject({ ref: "1", cursor: "epoch001-1" });
  world.settle();
  expect(world.history().messages).toEqual([]);
});

test("ADMIN-1 a clear outlasts a crash, and one of a room never used makes nothing", () => {
  const world = new TestChannel();
  admin.clear(world);
  expect(tablesOf(world)).toEqual([]);
  world.publish("alice", [{}]);
  world.settle();
  admin.clear(world);
  world.crash();
  expect(world.history()).toMatchObject({ messages: [], cursor: "epoch002-0" });
});

test("ADMIN-2 a kick closes a user's connections with 4403, and their presence ends without a grace", () => {
  const world = new TestChannel();
  const [first, second, other] = [world.connect("bob"), world.connect("bob"), world.connect("alice")];
  const watcher = world.connect("zoe", { presence: "members", member: false });
  watcher.news();
  expect(admin.kick(world, "bob")).toBe(2);
  for (const peer of [first, second]) expect(peer.subscriber.closed).toEqual({ code: 4403, reason: "forbidden" });
  expect(other.isOpen).toBe(true);
  expect(watcher.news()).toEqual([{ type: "presence", count: 1, left: [{ user: "bob" }] }]);
  expect(admin.kick(world, "bob")).toBe(0);
  world.connect("bob");
  expect(admin.kick(world, null)).toBe(3);
  expect(world.members().count).toBe(0);
});

test("ADMIN-2 LOG-1 connections that are ended are told to the host", () => {
  const world = new TestChannel();
  const { connection } = world.connect("bob").session;
  admin.kick(world, "bob");
  expect(world.host.endings).toEqual([{ connection, code: "forbidden", closeCode: 4403 }]);
});

test("ADMIN-3 an erased channel is as if it had never been", () => {
  const world = new TestChannel();
  const bob = world.connect("bob", { presence: "members" });
  world.publish("bob", [{ id: "a" }]);
  world.settle();
  bob.news();
  admin.erase(world);
  expect(bob.subscriber.closed).toEqual({ code: 4410, reason: "gone" });
  expect(untilHere(bob)).toEqual([]);
  expect(tablesOf(world)).toEqual([]);
  expect([world.channel.isUsed, world.members()]).toEqual([false, { count: 0, members: [] }]);
  expect(tablesOf(world)).toEqual([]);
  world.ring();
  expect(tablesOf(world)).toEqual([]);
});

test.each(["at once", "after a sleep", "after a crash"])("ADMIN-3 the next use starts a new epoch: %s", (when) => {
  const world = new TestChannel();
  world.connect("bob");
  world.publish("bob", [{ id: "a", data: 1 }]);
  world.settle();
  admin.erase(world);
  world.settle();
  if (when === "after a sleep") world.hibernate();
  if (when === "after a crash") world.crash();
  const start = { kind: "after", cursor: { epoch: "epoch001", seq: 1 } } as const;
  expect(world.connect("bob", { start, presence: "members" }).news()).toMatchObject([
    { type: "welcome", cursor: "epoch002-0", resume: "gap", presence: { count: 1 } },
    { type: "gap", reason: "epoch", oldest: null },
  ]);
  expect(world.publish("bob", [{ id: "a", data: 2 }])).toMatchObject({ receipts: [{ seq: 1, duplicate: false }] });
});

test("ADMIN-3 what waited is taken before it is erased, and is answered", async () => {
  const world = new TestChannel();
  const { committed } = world.publish("bob", [{}]) as { committed: Promise<void> };
  admin.erase(world);
  await committed;
  world.settle();
  expect(world.channel.isUsed).toBe(false);
});

test("ADMIN-3 changes of presence that were collected do not outlive the channel", () => {
  const world = new TestChannel({ PRESENCE_COLLECT_ABOVE: 0 });
  world.connect("zoe", { presence: "members" });
  world.connect("bob");
  admin.erase(world);
  const watcher = world.connect("zoe", { presence: "members" });
  watcher.news();
  world.advance(2000);
  expect(watcher.news()).toEqual([]);
  expect(world.members().members).toMatchObject([{ user: "zoe" }]);
});

test.each<[string, object, boolean]>([
  ["an older token", { issuedAt: 99 }, true],
  ["a token of the same second", { issuedAt: 100 }, true],
  ["a younger token", { issuedAt: 101 }, false],
  ["a token that does not say when it was made", { issuedAt: null }, true],
  ["the API_KEY, before", { kind: "server", issuedAt: null }, true],
])("REVOKE-1 who is logged out in second 100 and is there by %s: closed %j", (_what, dial, isClosed) => {
  const world = new TestChannel();
  world.now = 100_000;
  const [bob, alice] = [world.connect("bob", dial), world.connect("alice", dial)];
  expect(admin.revoke(world, "bob", 100)).toEqual(isClosed ? { closed: 1, left: 0 } : { closed: 0, left: 1 });
  expect(bob.subscriber.closed).toEqual(isClosed ? { code: 4401, reason: "unauthenticated" } : null);
  expect(alice.isOpen).toBe(true);
});

test("REVOKE-1 a late retry spares who came back by the API_KEY since", () => {
  const world = new TestChannel();
  world.now = 101_000;
  const bob = world.connect("bob", { kind: "server" });
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 0, left: 1 });
  expect(bob.isOpen).toBe(true);
});

test("REVOKE-1 a renewed connection is as young as its last token", () => {
  const world = new TestChannel();
  const bob = world.connect("bob", { issuedAt: 99 });
  world.turn(({ channel }) => channel.renew(bob.session, { ...bob.session.identity, issuedAt: 101 }, world.now));
  world.settle();
  world.hibernate();
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 0, left: 1 });
  expect(admin.revoke(world, "bob", 101)).toEqual({ closed: 1, left: 0 });
});

test("REVOKE-1 LOG-1 PRESENCE-5 who is logged out leaves at once, and hears nothing of it from the others", () => {
  const world = new TestChannel();
  const watch = { presence: "members" } as const;
  const watcher = world.connect("zoe", { ...watch, member: false });
  const bobs = [world.connect("bob", watch), world.connect("bob", { transport: "poll" }), world.connect("bob")];
  for (const peer of [watcher, ...bobs]) peer.news();
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 3, left: 0 });
  expect(watcher.news()).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
  expect(bobs.flatMap((peer) => peer.news())).toEqual([]);
  expect(world.host.endings.map(({ code, closeCode }) => [code, closeCode])).toEqual(
    Array(3).fill(["unauthenticated", 4401]),
  );
  expect(world.host.departures).toEqual(["bob"]);
});

test("REVOKE-1 who is also there by a younger token stays a member", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  for (const issuedAt of [99, 101]) world.connect("bob", { issuedAt });
  watcher.news();
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 1, left: 1 });
  expect([watcher.news(), world.host.departures, world.members().count]).toEqual([[], [], 1]);
});

test("REVOKE-1 who is being fed a replay is closed in the middle of it", () => {
  const world = new TestChannel();
  for (let n = 0; n < 30; n++) world.publish("alice", [{ data: "x".repeat(20_000) }]);
  world.settle();
  const bob = world.connect("bob", { start: { kind: "rewind", count: 30 } });
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 1, left: 0 });
  bob.news();
  world.advance(1000);
  expect(bob.news()).toEqual([]);
});

test("REVOKE-1 of a channel in which the user is not, nothing is written", () => {
  const world = new TestChannel();
  expect(admin.revoke(world, "bob", 100)).toEqual({ closed: 0, left: 0 });
  expect(tablesOf(world)).toEqual([]);
});
