import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const GRACE = 10_000;
const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");
const left = (user: string, count = 0) => ({ type: "presence", count, left: [{ user }] });
const users = (world: TestChannel) => world.members().members.map(({ user }) => user);

/** A channel with one who watches and does nothing else. */
function watched() {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  return { world, watcher };
}

test.each([1001, 1006, 1011, 4408])("PRESENCE-6 an end with %i has a grace of 10 s", (code) => {
  const { world, watcher } = watched();
  const bob = world.connect("bob");
  presence(watcher);
  bob.close(code);
  world.advance(GRACE - 1);
  expect([presence(watcher), users(world)]).toEqual([[], ["bob"]]);
  world.advance(1);
  expect([presence(watcher), users(world)]).toEqual([[left("bob")], []]);
});

test("PRESENCE-6 who is back within the grace never left", () => {
  const { world, watcher } = watched();
  const bob = world.connect("bob", { data: 1 });
  presence(watcher);
  bob.close();
  expect(world.members().members).toEqual([{ user: "bob", data: 1, since: START, connections: 0 }]);
  world.advance(GRACE - 1);
  world.connect("bob");
  world.advance(GRACE * 2);
  expect(presence(watcher)).toEqual([]);
  expect(world.members().members).toEqual([{ user: "bob", data: 1, since: START, connections: 1 }]);
});

test("PRESENCE-6 who comes back later has left, and joins anew", () => {
  const { world, watcher } = watched();
  const bob = world.connect("bob", { data: 1 });
  presence(watcher);
  bob.close();
  world.now += GRACE; // nothing has happened meanwhile: the alarm is late
  world.connect("bob");
  const news = presence(watcher);
  expect(news.flatMap(({ joined = [], updated = [] }) => [...joined, ...updated])).toEqual([
    { user: "bob", data: null, since: START + GRACE, connections: 1 },
  ]);
});

test("PRESENCE-6 with another connection still there no grace begins", () => {
  const { world, watcher } = watched();
  const [first, second] = [world.connect("bob"), world.connect("bob")];
  presence(watcher);
  first.close();
  world.advance(GRACE * 2);
  expect(presence(watcher)).toEqual([]);
  second.close();
  world.advance(GRACE);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-6 a grace of 0 is none", () => {
  const world = new TestChannel({ PRESENCE_GRACE: 0 });
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const bob = world.connect("bob");
  presence(watcher);
  bob.close();
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-9 a read is right at that moment, though the alarm is late", () => {
  const { world, watcher } = watched();
  const bob = world.connect("bob");
  presence(watcher);
  bob.close();
  world.now += GRACE;
  expect(users(world)).toEqual([]);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-6 the graces of several end when each is due", () => {
  const { world, watcher } = watched();
  const [bob, carol] = [world.connect("bob"), world.connect("carol")];
  presence(watcher);
  bob.close();
  world.advance(3000);
  carol.close();
  world.advance(GRACE - 3000);
  expect(presence(watcher)).toEqual([left("bob", 1)]);
  world.advance(3000);
  expect(presence(watcher)).toEqual([left("carol")]);
});

test("PRESENCE-6 a grace outlasts a sleep, and its end wakes the object", () => {
  const { world, watcher } = watched();
  const bob = world.connect("bob");
  presence(watcher);
  bob.close();
  world.hibernate();
  world.advance(GRACE - 1);
  expect([presence(watcher), world.isAwake]).toEqual([[], false]);
  world.advance(1);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-6 a grace ends in time though another deadline wakes the object first", () => {
  const { world, watcher } = watched();
  world.connect("guest", { member: false, expires: world.now + 4000 });
  const bob = world.connect("bob");
  presence(watcher);
  bob.close();
  world.hibernate();
  world.advance(5000); // a token ended, and nobody has asked who is there
  world.hibernate();
  world.advance(GRACE - 5000);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("PRESENCE-6 back within the grace after a sleep: no flap", () => {
  const { world, watcher } = watched();
  const bob = world.connect("bob");
  presence(watcher);
  bob.close();
  world.hibernate();
  world.advance(5000);
  world.connect("bob");
  world.hibernate();
  world.advance(60_000);
  expect(presence(watcher)).toEqual([]);
  expect(world.members().members).toEqual([{ user: "bob", data: null, since: START, connections: 1 }]);
});

test("PRESENCE-8 while nobody watches a grace sets no alarm, and whoever looks is told the truth", () => {
  const world = new TestChannel();
  const bob = world.connect("bob");
  bob.close();
  world.hibernate();
  expect(world.alarm === null || world.alarm > world.now + GRACE).toBe(true);
  world.now += GRACE;
  expect(users(world)).toEqual([]);
});
