import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const member = (user: string, parts = {}) => ({ user, data: null, since: START, connections: 1, ...parts });
const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");

test("PRESENCE-1 several connections of one user are one member, since the first of them", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  world.connect("bob");
  expect(presence(watcher)).toEqual([{ type: "presence", count: 1, joined: [member("bob")] }]);
  world.advance(1000);
  const second = world.connect("bob");
  world.connect("bob", { member: false });
  expect(world.members()).toEqual({ count: 1, members: [member("bob", { connections: 2 })] });
  second.close(1000);
  expect(world.members()).toEqual({ count: 1, members: [member("bob")] });
  expect(presence(watcher)).toEqual([]);
});

test("PRESENCE-2 the welcome counts the newcomer, who does not get their own join", () => {
  const world = new TestChannel();
  const bob = world.connect("bob", { presence: "members", info: { name: "Bob" }, data: 1 });
  const shown = member("bob", { info: { name: "Bob" }, data: 1 });
  expect(bob.news()).toMatchObject([{ type: "welcome", presence: { count: 1, members: [shown] } }]);
  const count = world.connect("carol", { presence: "count" });
  expect(count.news()[0].presence).toEqual({ count: 2 });
  expect(presence(bob)).toEqual([{ type: "presence", count: 2, joined: [member("carol")] }]);
  world.advance(60_000);
  expect([presence(bob), presence(count)]).toEqual([[], []]);
});

test("PRESENCE-2 PRESENCE-3 the welcome holds 100 members by user id, then the rest is paged", () => {
  const world = new TestChannel();
  const users = Array.from({ length: 250 }, (_, index) => `u${String(index).padStart(3, "0")}`);
  for (const user of users.toReversed()) world.connect(user);
  const { presence } = world.connect("zoe", { presence: "members", member: false }).news()[0];
  const names = (page: { members: readonly { user: string }[] }) => page.members.map(({ user }) => user);
  expect([presence.count, names(presence), presence.next]).toEqual([250, users.slice(0, 100), "u099"]);
  const second = world.members(100, presence.next);
  expect([second.count, names(second), second.next]).toEqual([250, users.slice(100, 200), "u199"]);
  const last = world.members(100, "u199");
  expect([last.count, names(last), last.next]).toEqual([250, users.slice(200), undefined]);
  expect(world.members(50, "u199").next).toBeUndefined();
  expect(world.members(0)).toEqual({ count: 250, members: [] });
});

test("PRESENCE-4 who wants only the count is told when it changes, and not otherwise", () => {
  const world = new TestChannel();
  const counting = world.connect("zoe", { presence: "count", member: false });
  const bob = world.connect("bob");
  bob.send({ type: "presence", data: 1 });
  world.connect("bob");
  expect(presence(counting)).toEqual([{ type: "presence", count: 1 }]);
  world.connect("carol").close(1000);
  expect(presence(counting)).toEqual([
    { type: "presence", count: 2 },
    { type: "presence", count: 1 },
  ]);
});

test("PRESENCE-5 a leave and a close with 1000 are told at once", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const [bob, carol] = [world.connect("bob"), world.connect("carol")];
  presence(watcher);
  bob.send({ type: "leave", ref: "1" });
  expect(bob.news().at(-1)).toEqual({ type: "ack", ref: "1" });
  expect(bob.subscriber.closed).toEqual({ code: 1000, reason: "" });
  expect(presence(watcher)).toEqual([{ type: "presence", count: 1, left: [{ user: "bob" }] }]);
  carol.close(1000);
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "carol" }] }]);
});

test("PRESENCE-1 who leaves with one of two connections is still a member", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const [first, second] = [world.connect("bob"), world.connect("bob")];
  presence(watcher);
  first.close(1000);
  expect(presence(watcher)).toEqual([]);
  second.close(1000);
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
});

test("PRESENCE-10 a change of data is told, and the last writer wins", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const [first, second] = [world.connect("bob", { data: 0 }), world.connect("bob")];
  presence(watcher);
  first.send({ type: "presence", data: { mood: 1 }, ref: "1" });
  expect(first.news().at(-1)).toEqual({ type: "ack", ref: "1" });
  const updated = (data: unknown) => ({
    type: "presence",
    count: 1,
    updated: [member("bob", { data, connections: 2 })],
  });
  expect(presence(watcher)).toEqual([updated({ mood: 1 })]);
  second.send({ type: "presence", data: 2 });
  expect(presence(watcher)).toEqual([updated(2)]);
  second.send({ type: "presence", data: 2 });
  expect(presence(watcher)).toEqual([]);
  second.close(1000);
  expect(world.members().members).toEqual([member("bob", { data: 2 })]);
});

test("PRESENCE-10 connecting with data sets it, connecting without keeps it", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  world.connect("bob", { data: 1, info: { name: "Bob" } });
  presence(watcher);
  world.connect("bob");
  expect(presence(watcher)).toEqual([]);
  world.connect("bob", { data: 2 });
  const told = member("bob", { data: 2, info: { name: "Bob" }, connections: 3 });
  expect(presence(watcher)).toEqual([{ type: "presence", count: 1, updated: [told] }]);
});

test("PRESENCE-10 member data has a size, to the byte", () => {
  const world = new TestChannel();
  const bob = world.connect("bob");
  bob.news();
  bob.send({ type: "presence", data: "é".repeat(511), ref: "1" });
  bob.send({ type: "presence", data: `${"é".repeat(511)}x`, ref: "2" });
  expect(bob.news()).toMatchObject([
    { type: "ack", ref: "1" },
    { type: "error", ref: "2", code: "too_large" },
  ]);
});

test("PRESENCE-3 names are compared as they are: case counts, and nothing in them is special", () => {
  const world = new TestChannel();
  const users = ["__proto__", "Bob", "a:b", "bob", "constructor"];
  for (const user of users) world.connect(user);
  expect(world.members().members.map(({ user }) => user)).toEqual(users.toSorted());
});
