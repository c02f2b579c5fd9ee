import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const admin = {
  clear: (world: TestChannel) => world.turn(({ channel }) => channel.administration.clear(world.now)),
  kick: (world: TestChannel, user: string | null) =>
    world.turn(({ channel }) => channel.administration.kick(user, world.now)),
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
