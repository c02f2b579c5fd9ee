import { expect, test } from "vitest";
import { markRead } from "../../../src/core/read.ts";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

/** Alice's inbox. */
const inboxOf = (settings = {}) => new TestChannel(settings, "alice");

function publish(world: TestChannel, ...authors: string[]): void {
  for (const author of authors) world.publish(author, [{}]);
  world.settle();
}

const read = (world: TestChannel, cursor: string, connection: string | null = null) => {
  const [epoch = "", seq] = cursor.split("-");
  return world.turn(({ channel }) => markRead(channel, { epoch, seq: Number(seq) }, connection, world.now));
};
/** What a newcomer is told. */
const shown = (world: TestChannel) => {
  const { read, unread } = world.connect("alice", { member: false }).news()[0];
  return { read, unread };
};
const newsOf = (...peers: Peer[]) => peers.map((peer) => peer.news().filter(({ type }) => type !== "messages"));

test("INBOX-2 of a new inbox nothing is read and nothing is unread", () => {
  expect(shown(inboxOf())).toEqual({ read: "epoch001-0", unread: 0 });
});

test("INBOX-2 a room's welcome says nothing of reading", () => {
  const [welcome] = new TestChannel().connect("alice").news();
  expect(Object.keys(welcome)).not.toContain("read");
  expect(Object.keys(welcome)).not.toContain("unread");
});

test.each<[authors: string[], unread: number]>([
  [["bob"], 1],
  [["bob", "carol", "server"], 3],
  [["alice", "alice"], 0],
  [["alice", "bob", "alice", "bob"], 2],
  [["Alice"], 1],
])("INBOX-2 of messages by %j %i are unread: one's own never are", (authors, unread) => {
  const world = inboxOf();
  publish(world, ...authors);
  expect(shown(world)).toEqual({ read: "epoch001-0", unread });
});

test.each([
  ["while it is awake", () => {}],
  ["after a sleep", (world: TestChannel) => world.hibernate()],
  ["after a crash", (world: TestChannel) => world.crash()],
])("INBOX-2 INBOX-3 the position holds %s, and what comes after it is counted", (_when, then) => {
  const world = inboxOf();
  publish(world, "bob", "alice", "bob", "bob");
  expect(read(world, "epoch001-3")).toEqual({ read: "epoch001-3", unread: 1 });
  then(world);
  expect(shown(world)).toEqual({ read: "epoch001-3", unread: 1 });
  publish(world, "bob", "alice");
  expect(shown(world)).toEqual({ read: "epoch001-3", unread: 2 });
});

test.each<[cursor: string, answer: object | null]>([
  ["epoch001-0", { read: "epoch001-2", unread: 2 }],
  ["epoch001-1", { read: "epoch001-2", unread: 2 }],
  ["epoch001-2", { read: "epoch001-2", unread: 2 }],
  ["epoch001-3", { read: "epoch001-3", unread: 1 }],
  ["epoch001-4", { read: "epoch001-4", unread: 0 }],
  ["epoch001-5", null],
  ["epoch001-9007199254740991", null],
  ["epoch000-1", { read: "epoch001-2", unread: 2 }],
  ["epoch000-99", { read: "epoch001-2", unread: 2 }],
])("INBOX-3 with four messages, two of them read, reading up to %s answers %j", (cursor, answer) => {
  const world = inboxOf();
  publish(world, "bob", "bob", "bob", "bob");
  read(world, "epoch001-2");
  expect(read(world, cursor)).toEqual(answer);
});

test("INBOX-3 MSG-3 what waits for its flush can neither be read nor is it unread", () => {
  const world = inboxOf();
  publish(world, "bob");
  world.publish("bob", [{}]);
  expect(shown(world)).toEqual({ read: "epoch001-0", unread: 1 });
  expect(read(world, "epoch001-2")).toBeNull();
  world.settle();
  expect(read(world, "epoch001-2")).toEqual({ read: "epoch001-2", unread: 0 });
});

test("INBOX-4 all but the one that reads are told, once, and only if it moved", () => {
  const world = inboxOf();
  publish(world, "bob", "bob");
  const [phone, laptop, friend] = [world.connect("alice"), world.connect("alice"), world.connect("bob")];
  newsOf(phone, laptop, friend);
  read(world, "epoch001-1", phone.session.connection);
  const told = { type: "read", cursor: "epoch001-1", unread: 1 };
  expect(newsOf(phone, laptop, friend)).toEqual([[], [told], [told]]);
  for (const cursor of ["epoch001-1", "epoch001-0", "epoch001-9", "epoch000-5"]) read(world, cursor);
  expect(newsOf(phone, laptop, friend)).toEqual([[], [], []]);
  read(world, "epoch001-2");
  const all = { type: "read", cursor: "epoch001-2", unread: 0 };
  expect(newsOf(phone, laptop, friend)).toEqual([[all], [all], [all]]);
});

test("INBOX-4 who reads events of a stream gets one without an id, for it is no place in the log", () => {
  const world = inboxOf();
  publish(world, "bob");
  const { subscriber } = world.connect("alice", { transport: "sse", view: "events" });
  read(world, "epoch001-1");
  expect(Buffer.from(subscriber.frames.at(-1) ?? "").toString()).toBe(
    'event: read\ndata: {"cursor":"epoch001-1","unread":0}\n\n',
  );
});

test("INBOX-2 what is no longer retained is not unread any more", () => {
  const world = inboxOf({ RETAIN_MESSAGES: 3 });
  publish(world, "bob", "alice", "bob", "bob", "bob");
  expect(shown(world)).toEqual({ read: "epoch001-0", unread: 3 });
  expect(read(world, "epoch001-1")).toEqual({ read: "epoch001-1", unread: 3 });
  world.hibernate();
  expect(read(world, "epoch001-4")).toEqual({ read: "epoch001-4", unread: 1 });
});

test("INBOX-2 RETAIN-1 messages expire while nobody looks", () => {
  const world = inboxOf({ RETAIN_AGE: 1000 });
  publish(world, "bob");
  world.advance(600);
  publish(world, "bob");
  expect(shown(world).unread).toBe(2);
  world.advance(600);
  expect(shown(world).unread).toBe(1);
  world.advance(600);
  expect(shown(world)).toEqual({ read: "epoch001-0", unread: 0 });
});

const clear = (world: TestChannel) => world.turn(({ channel }) => channel.administration.clear(world.now));
const erase = (world: TestChannel) => world.turn(({ channel }) => channel.administration.erase(world.now));

test.each([
  ["cleared", clear],
  ["erased", erase],
])(
  "INBOX-2 INBOX-3 of an inbox that was %s nothing is read or unread, and old cursors move nothing",
  (_how, forget) => {
    const world = inboxOf();
    publish(world, "bob", "bob");
    read(world, "epoch001-1");
    forget(world);
    expect(shown(world)).toEqual({ read: "epoch002-0", unread: 0 });
    publish(world, "bob", "bob", "bob");
    expect(read(world, "epoch001-2")).toEqual({ read: "epoch002-0", unread: 3 });
    expect(read(world, "epoch002-2")).toEqual({ read: "epoch002-2", unread: 1 });
    world.crash();
    expect(shown(world)).toEqual({ read: "epoch002-2", unread: 1 });
  },
);

test("INBOX-4 ADMIN-1 a clear leaves nothing unread, and tells so to all", () => {
  const world = inboxOf();
  publish(world, "bob", "bob");
  const phone = world.connect("alice");
  phone.news();
  clear(world);
  expect(newsOf(phone)).toEqual([
    [
      { type: "gap", after: "epoch001-2", oldest: null, reason: "epoch", cursor: "epoch002-0" },
      { type: "read", cursor: "epoch002-0", unread: 0 },
    ],
  ]);
});

test("INBOX-3 a room cannot be read, and asking for it is a fault of the caller", () => {
  const world = new TestChannel();
  expect(() => read(world, "epoch001-0")).toThrow();
});
