import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const GRACE = 10_000;
const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");
const left = (user: string, count = 0) => ({ type: "presence", count, left: [{ user }] });
const users = (world: TestChannel) => world.members().members.map(({ user }) => user);
const watch = (world: TestChannel) => world.connect("zoe", { presence: "members", member: false });

test("PRESENCE-8 after a crash who does not come back within the grace is gone", () => {
  const world = new TestChannel();
  for (const user of ["bob", "carol"]) world.connect(user);
  world.crash();
  world.advance(2000);
  const watcher = watch(world);
  expect(watcher.news()[0].presence).toMatchObject({ count: 2 });
  world.connect("carol");
  world.advance(GRACE - 2001);
  expect(presence(watcher)).toEqual([]);
  world.advance(1);
  expect(presence(watcher)).toEqual([left("bob", 1)]);
  expect(users(world)).toEqual(["carol"]);
});

test("PRESENCE-8 who looks later than that sees no ghosts, though nobody came back", () => {
  const world = new TestChannel();
  world.connect("bob");
  world.crash();
  world.now += GRACE;
  expect(users(world)).toEqual([]);
  expect(watch(world).news()[0].presence).toEqual({ count: 0, members: [] });
});

test("PRESENCE-8 who comes back within the grace never left", () => {
  const world = new TestChannel();
  world.connect("bob", { data: 1 });
  world.crash();
  const watcher = watch(world);
  world.advance(GRACE - 1);
  world.connect("bob");
  world.advance(GRACE * 2);
  expect(presence(watcher)).toEqual([]);
  expect(world.members().members).toEqual([{ user: "bob", data: 1, since: START, connections: 1 }]);
});

test("PRESENCE-8 who comes back later, before anybody looked, is a new member", () => {
  const world = new TestChannel();
  world.connect("bob", { data: "old" });
  world.crash();
  world.now += 3_600_000;
  world.connect("bob");
  expect(world.members().members).toEqual([{ user: "bob", data: null, since: START + 3_600_000, connections: 1 }]);
});

test("PRESENCE-8 the grace after a crash outlasts a sleep, and its end is told", () => {
  const world = new TestChannel();
  world.connect("bob");
  world.crash();
  const watcher = watch(world);
  world.hibernate();
  world.advance(GRACE);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-8 a ghost does not begin a new grace with every sleep", () => {
  const world = new TestChannel();
  world.connect("bob");
  world.crash();
  for (let sleeps = 0; sleeps < 3; sleeps++) {
    users(world);
    world.hibernate();
    world.now += 6000;
  }
  expect(users(world)).toEqual([]);
});

test("PRESENCE-8 no ghosts an hour after a crash, though the object woke and slept meanwhile and nobody looked", () => {
  const world = new TestChannel();
  world.connect("bob");
  world.crash();
  world.publish("server", [{}]);
  world.settle();
  world.hibernate();
  world.now += 3_600_000;
  expect(users(world)).toEqual([]);
});

test("PRESENCE-8 a second crash does not lengthen the grace of those who were gone before it", () => {
  const world = new TestChannel();
  const bob = world.connect("bob");
  bob.close();
  world.advance(6000);
  world.crash();
  world.now += 4000;
  expect(users(world)).toEqual([]);
});

test("PRESENCE-8 a crash in the middle of a join leaves either no member or one who will be gone", () => {
  const world = new TestChannel();
  world.connect("zoe", { member: false });
  world.sql.failAfter(0);
  expect(() => world.connect("bob")).toThrow("");
  world.sql.failAfter(null);
  world.crash();
  expect(users(world)).toEqual([]);
});
