import { expect, test } from "vitest";
import { type Dial, START, TestChannel } from "../../support/test-channel.ts";

const POLL = { transport: "poll", connection: "c" } as const;
const types = (news: { type: string }[]) => news.map(({ type }) => type);

test("POLL-3 the next poll takes the place of the last, whose end is told to it alone", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const first = world.connect("bob", POLL);
  watcher.news();
  const second = world.connect("bob", POLL);
  expect(first.subscriber.closed).toEqual({ code: 1012, reason: "resume" });
  expect(second.isOpen).toBe(true);
  expect(watcher.news()).toEqual([]);
  expect(world.members().members).toEqual([{ user: "bob", data: null, since: START, connections: 1 }]);
});

test("POLL-3 the end of the one that lost its place, which comes later, ends nothing", () => {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members", member: false });
  const first = world.connect("bob", POLL);
  const second = world.connect("bob", POLL);
  watcher.news();
  first.close(1001);
  first.close(1000);
  world.advance(60_000);
  expect([watcher.news(), second.isOpen, world.members().count]).toEqual([[], true, 1]);
  second.close(1000);
  expect(watcher.news()).toEqual([{ type: "presence", count: 0, left: [{ user: "bob" }] }]);
});

test("POLL-3 both may have been there before a sleep", () => {
  const world = new TestChannel();
  const first = world.connect("bob", POLL);
  world.hibernate();
  world.connect("bob", POLL);
  expect(first.subscriber.closed).toEqual({ code: 1012, reason: "resume" });
  world.hibernate();
  expect(world.members().members).toMatchObject([{ user: "bob", connections: 1 }]);
});

test("POLL-3 a connection of that name is another's: both live", () => {
  const world = new TestChannel();
  const bob = world.connect("bob", { ...POLL, connection: "b" });
  const ann = world.connect("ann", POLL);
  const again = world.connect("ann", POLL);
  expect([bob.isOpen, ann.isOpen, again.isOpen]).toEqual([true, false, true]);
});

test("CONNECT-5 POLL-3 the next poll fits in though all places are taken, one of its own included", () => {
  const world = new TestChannel({ CONNECTIONS_PER_USER: 3, CONNECTIONS: 4 });
  for (const connection of ["a", "b", "c"]) world.connect("bob", { ...POLL, connection });
  world.connect("ann", { ...POLL, connection: "d" });
  world.connect("bob", POLL);
  expect(() => world.connect("bob", { ...POLL, connection: "e" })).toThrow("overloaded");
  expect(() => world.connect("eve", { ...POLL, connection: "e" })).toThrow("overloaded");
});

test("CONNECT-5 one more poll of a user who has as many as they may is refused", () => {
  const world = new TestChannel({ CONNECTIONS_PER_USER: 2 });
  for (const connection of ["a", "b"]) world.connect("bob", { ...POLL, connection });
  expect(() => world.connect("bob", { ...POLL, connection: "c" })).toThrow("rate_limited");
  world.connect("ann", { ...POLL, connection: "c" });
});

test("POLL-3 each poll brings its own options: what it asks for counts", () => {
  const world = new TestChannel();
  const asks = (dial: Dial) => world.connect("bob", { ...POLL, ...dial });
  asks({ member: false, presence: "none" });
  expect([world.members().count, world.channel.sessions.watchers]).toEqual([0, 0]);
  asks({ member: true, presence: "members", data: 1 });
  expect([world.members().members[0]?.data, world.channel.sessions.watchers]).toEqual([1, 1]);
  asks({ member: true, presence: "none" });
  expect([world.members().members[0]?.data, world.channel.sessions.watchers]).toEqual([1, 0]);
  asks({ member: false });
  expect(world.channel.sessions.memberships).toBe(0);
});

test("POLL-3 PRESENCE-10 the data of the first poll holds until it is set anew, though each repeats its URL", () => {
  const world = new TestChannel();
  const poll = (isNew: boolean) => world.connect("bob", { ...POLL, isNew, data: 1 }).close(1001);
  const data = () => world.members().members.map((member) => member.data);
  const bob = { user: "bob", kind: "user", operations: 255, issuedAt: null, expires: null, info: null } as const;
  poll(true);
  world.turn(({ requests }) => requests.setMemberData(bob, "c", true, 2, world.now));
  poll(false);
  expect(data()).toEqual([2]);
  world.hibernate();
  poll(false);
  expect(data()).toEqual([2]);
  poll(true);
  expect(data()).toEqual([1]);
  world.advance(30_000);
  poll(false); // they were gone: it is said for the first time
  expect(data()).toEqual([1]);
});

test("PUBLISH-4 POLL-3 the connection is the sender's own while a poll of it is open", () => {
  const world = new TestChannel();
  const poll = world.connect("bob", { ...POLL, echo: false });
  const other = world.connect("ann", { member: false });
  poll.news();
  other.news();
  world.publish("bob", [{ data: "mine" }], "c");
  world.publish("bob", [{ data: "theirs" }], "other");
  world.turn(({ requests }) => {
    const bob = { user: "bob", kind: "user", operations: 255, issuedAt: null, expires: null, info: null } as const;
    requests.signal(bob, { event: "typing", data: 1 }, "c", world.now);
  });
  world.settle();
  expect(poll.news().flatMap(({ messages }) => messages.map(({ data }: { data: string }) => data))).toEqual(["theirs"]);
  expect(types(other.news())).toEqual(["messages", "signals"]);
});

test("POLL-2 only who asks for signals gets them", () => {
  const world = new TestChannel();
  const without = world.connect("bob", { ...POLL, connection: "a", signals: false });
  const withThem = world.connect("bob", { ...POLL, connection: "b", signals: true });
  const sender = world.connect("ann");
  sender.send({ type: "signal", event: "typing", data: 1 });
  world.settle();
  expect([types(without.news()), types(withThem.news())]).toEqual([["welcome"], ["welcome", "signals"]]);
});
