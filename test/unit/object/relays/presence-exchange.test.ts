import { expect, test } from "vitest";
import type { Peer } from "../../../support/peer.ts";
import { type PresenceNode, PresenceNodes } from "../../../support/presence-nodes.ts";
import { START } from "../../../support/test-channel.ts";

const member = (user: string, parts = {}) => ({ user, data: null, since: START, connections: 1, ...parts });
const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");
const watch = (node: PresenceNode, user = "zoe") => node.connect(user, { presence: "members", member: false });
const relaysOf = (nodes: PresenceNodes) => nodes.relays as [PresenceNode, PresenceNode];

test("MEMBER-1 members of all nodes are shown at each, and who watches is told at once", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  await one.connect("bob");
  await nodes.room.connect("amy");
  const watcher = await watch(two);
  expect(watcher.news()[0].presence).toEqual({ count: 2, members: [member("amy"), member("bob")] });
  const carol = await one.connect("carol", { data: 1 });
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 3, joined: [member("carol", { data: 1 })] }]);
  carol.send({ type: "presence", data: 2 });
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 3, updated: [member("carol", { data: 2 })] }]);
  carol.close(1000);
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 2, left: [{ user: "carol" }] }]);
  for (const node of nodes.all) expect((await node.members()).members.map(({ user }) => user)).toEqual(["amy", "bob"]);
});

test("MEMBER-1 a user at two nodes is one member, with the connections of both, since the first, until the last is gone", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  const watcher = await watch(nodes.room);
  const there = await one.connect("bob", { data: 1, info: { name: "Bob" } });
  await nodes.advance(1000);
  expect(presence(watcher)).toHaveLength(1);
  const here = await two.connect("bob");
  await nodes.deliver();
  expect(presence(watcher)).toEqual([]);
  const both = member("bob", { data: 1, info: { name: "Bob" }, connections: 2 });
  for (const node of nodes.all) expect(await node.members()).toEqual({ count: 1, members: [both] });
  there.close(1000);
  await nodes.deliver();
  expect(presence(watcher)).toEqual([]);
  expect((await nodes.room.members()).members).toEqual([{ ...both, connections: 1 }]);
  here.close(1000);
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
});

test("MEMBER-2 the last that a user says counts, wherever it was said, and stays when that node has lost them", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  const watcher = await watch(nodes.room);
  const phone = await one.connect("bob", { data: "first" });
  const laptop = await two.connect("bob");
  await nodes.advance(100);
  laptop.send({ type: "presence", data: "second" });
  await nodes.advance(100);
  phone.send({ type: "presence", data: "first" });
  await nodes.advance(100);
  const said = presence(watcher).map(({ joined, updated }) => (joined ?? updated)[0].data);
  expect(said).toEqual(["first", "second", "first"]);
  // Both at the same moment: all agree on one of them.
  laptop.send({ type: "presence", data: "x" });
  phone.send({ type: "presence", data: "y" });
  await nodes.deliver();
  for (const node of nodes.all) expect((await node.members()).members[0]?.data).toBe("y");
  phone.close(1000);
  await nodes.deliver();
  for (const node of nodes.all) expect((await node.members()).members[0]?.data).toBe("y");
});

test("MEMBER-4 while nobody watches or asks nothing is told", async () => {
  const nodes = new PresenceNodes(2);
  const [one] = relaysOf(nodes);
  await nodes.deliver();
  const before = nodes.sent.news;
  for (let index = 0; index < 50; index++) await one.connect(`u${index}`);
  await nodes.advance(5000);
  expect(nodes.sent.news).toBe(before);
  expect((await nodes.room.members(0)).count).toBe(50);
  expect(nodes.sent.members).toBe(50);
  (await one.connect("bob")).close(1000);
  await one.connect("carol");
  expect((await nodes.room.members(0)).count).toBe(51);
  expect(nodes.sent.members).toBe(51);
});

test("MEMBER-4 PRESENCE-4 with many watchers elsewhere changes are collected", async () => {
  const nodes = new PresenceNodes(1, { PRESENCE_COLLECT_ABOVE: 2 });
  const [one] = relaysOf(nodes);
  for (let index = 0; index < 3; index++) await watch(nodes.room, `w${index}`);
  await nodes.advance(1000);
  const before = nodes.sent.news;
  for (let index = 0; index < 30; index++) await one.connect(`u${index}`);
  await nodes.advance(1100);
  expect(nodes.sent.news).toBe(before + 1);
  expect((await nodes.room.members(0)).count).toBe(30);
});

test("MEMBER-5 after a sleep nobody needs to be told anything again", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  for (let index = 0; index < 50; index++) await one.connect(`u${index}`);
  const watcher = await watch(two);
  await nodes.advance(5000);
  const before = nodes.sent.members;
  for (const node of nodes.all) expect(node.sleep()).toBe(true);
  await one.connect("bob");
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 51, joined: [member("bob", { since: nodes.now })] }]);
  expect(nodes.sent.members - before).toBe(2); // to the room, and from there
});

test("MEMBER-5 PRESENCE-8 who is lost in the crash of a relay leaves after the grace, at every node", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  const watcher = await watch(two);
  await one.connect("bob");
  await one.connect("carol");
  await nodes.advance(1000);
  presence(watcher);
  nodes.crash(one);
  await one.connect("carol");
  await nodes.advance(9900);
  expect(presence(watcher)).toEqual([]);
  await nodes.advance(200);
  expect(presence(watcher)).toEqual([{ type: "presence", count: 1, left: [{ user: "bob" }] }]);
});

test("MEMBER-7 the members of a relay that cannot be reached leave after the grace, and are back with it", async () => {
  const nodes = new PresenceNodes(2);
  const [one, two] = relaysOf(nodes);
  const watcher = await watch(two);
  const bob = await one.connect("bob");
  await nodes.deliver();
  presence(watcher);
  nodes.room.lost(one.name);
  await nodes.advance(5000);
  nodes.attach(one);
  await nodes.advance(15_000);
  bob.ping();
  expect(presence(watcher)).toEqual([]);
  nodes.room.lost(one.name);
  await nodes.advance(10_100);
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
  nodes.attach(one);
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 1, joined: [member("bob")] }]);
  nodes.room.ended(one.name);
  await nodes.deliver();
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
});

test("MEMBER-7 who has vanished is looked for as soon as anybody watches anywhere", async () => {
  const nodes = new PresenceNodes(1);
  const [one] = relaysOf(nodes);
  const bob = await one.connect("bob");
  bob.ping();
  const watcher = await watch(nodes.room);
  watcher.ping();
  for (let waited = 0; waited < 165_000; waited += 15_000) {
    await nodes.advance(15_000);
    watcher.ping();
  }
  expect(presence(watcher)).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
});

test("MEMBER-6 of a crowd watchers are told the number, and pages are made of all nodes", async () => {
  const nodes = new PresenceNodes(2, { PRESENCE_SHARED: 8 });
  const [one, two] = relaysOf(nodes);
  const watchers = [await watch(nodes.room), await watch(two)];
  const peers: Peer[] = [];
  for (let index = 0; index < 8; index++) peers.push(await (index % 2 === 0 ? one : two).connect(`u${index}`));
  await nodes.deliver();
  for (const watcher of watchers) expect(presence(watcher).flatMap(({ joined }) => joined)).toHaveLength(8);
  for (let index = 8; index < 20; index++) {
    const node = nodes.all[index % 3] as PresenceNode;
    peers.push(await node.connect(`u${index}`));
    await nodes.deliver();
  }
  for (const watcher of watchers) {
    const last = presence(watcher).at(-1);
    expect(last).toEqual({ type: "presence", count: 20 });
  }
  const users = peers.map((_, index) => `u${index}`).sort();
  for (const node of nodes.all) {
    const page = await node.members(5, "u12");
    expect([page.count, page.members.map(({ user }) => user), page.next]).toEqual([20, users.slice(5, 10), users[9]]);
    expect((await node.members(100)).members.map(({ user }) => user)).toEqual(users);
    expect((await node.members(100)).next).toBeUndefined();
  }
  // When the crowd has gone they are known by name again: to whoever comes then.
  for (const peer of peers.slice(4)) peer.close(1000);
  await nodes.deliver();
  for (const watcher of watchers) expect(presence(watcher).at(-1)).toEqual({ type: "presence", count: 4 });
  for (const node of nodes.all) {
    const late = await watch(node, "late");
    const { count, members } = late.news()[0].presence;
    expect([count, members?.map(({ user }: { user: string }) => user)]).toEqual([4, ["u0", "u1", "u2", "u3"]]);
  }
});
