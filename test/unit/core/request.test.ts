import { expect, test } from "vitest";
import { identity, START, TestChannel } from "../../support/test-channel.ts";

const seqs = (world: TestChannel) => world.history().messages.map(({ seq }: { seq: number }) => seq);

test("PUBLISH-2 an array is published in its order, each message with its receipt", async () => {
  const world = new TestChannel();
  const accepted = world.publish("alice", [{ id: "a", data: 1 }, { data: 2 }, { id: "a", data: 1 }]);
  const receipts = [
    { seq: 1, id: "a", at: START, duplicate: false },
    { seq: 2, id: "made-1", at: START, duplicate: false },
    { seq: 1, id: "a", at: START, duplicate: true },
  ];
  expect(accepted).toMatchObject({ receipts });
  expect(seqs(world)).toEqual([]);
  world.settle();
  expect(seqs(world)).toEqual([1, 2]);
  await (accepted as { committed: Promise<void> }).committed;
});

test.each([
  ["one is too large", [{ data: 1 }, { data: "x".repeat(200) }, { data: 3 }], "too_large"],
  ["the last is too large", [{ data: 1 }, { data: 2 }, { data: "x".repeat(200) }], "too_large"],
  ["one id conflicts with the log", [{ data: 1 }, { id: "taken", data: "other" }], "id_conflict"],
  [
    "one id conflicts with another of the array",
    [
      { id: "a", data: 1 },
      { id: "a", data: 2 },
    ],
    "id_conflict",
  ],
  ["not all have room", [{ data: 1 }, { data: 2 }, { data: 3 }, { data: 4 }], "overloaded"],
])("PUBLISH-2 all or none: %s", (_why, drafts, code) => {
  const world = new TestChannel({ MESSAGE_DATA_BYTES: 100, PENDING_MESSAGES: 3 });
  world.publish("alice", [{ id: "taken", data: "first" }]);
  world.settle();
  expect(world.publish("alice", drafts)).toMatchObject({ code });
  world.settle();
  expect(seqs(world)).toEqual([1]);
  // Nor do the ids of what was not published stay taken.
  expect(world.publish("alice", [{ id: "a", data: 3 }])).toMatchObject({ receipts: [{ seq: 2, duplicate: false }] });
});

test("PUBLISH-2 an array that fails leaves what waited before it", () => {
  const world = new TestChannel({ PENDING_MESSAGES: 2 });
  world.publish("bob", [{ id: "b" }]);
  expect(world.publish("alice", [{}, {}])).toMatchObject({ code: "overloaded" });
  expect(world.publish("bob", [{ id: "b" }])).toMatchObject({ receipts: [{ seq: 1, duplicate: true }] });
  world.settle();
  expect(seqs(world)).toEqual([1]);
});

test("MSG-3 a duplicate of what still waits is answered only when that is written", async () => {
  const world = new TestChannel();
  world.publish("alice", [{ id: "a" }]);
  const retry = world.publish("alice", [{ id: "a" }]) as { committed: Promise<void> };
  let answered = false;
  const answer = retry.committed.then(() => {
    answered = true;
  });
  await Promise.resolve();
  expect(answered).toBe(false);
  world.settle();
  await answer;
});

test("MSG-3 a duplicate of what is written is answered too", async () => {
  const world = new TestChannel();
  world.publish("alice", [{ id: "a" }]);
  world.settle();
  const retry = world.publish("alice", [{ id: "a" }]) as { committed: Promise<void> };
  world.settle();
  await retry.committed;
});

test("PUBLISH-3 over HTTP an array counts its length, and the wait is truthful", () => {
  const world = new TestChannel({ PUBLISH_RATE: 10, PUBLISH_BURST: 5 });
  expect(world.publish("alice", [{}, {}, {}])).toMatchObject({ receipts: [{}, {}, {}] });
  expect(world.publish("alice", [{}, {}, {}])).toMatchObject({ code: "rate_limited", retryAfter: 100 });
  expect(world.publish("bob", [{}, {}, {}])).toMatchObject({ receipts: [{}, {}, {}] });
  world.now += 100;
  expect(world.publish("alice", [{}, {}, {}])).toMatchObject({ receipts: [{}, {}, {}] });
});

test("AUTH-7 the API_KEY has no rates", () => {
  const world = new TestChannel({ PUBLISH_RATE: 1, PUBLISH_BURST: 1, SIGNAL_RATE: 1 });
  const server = identity("alice", { kind: "server" });
  for (let count = 0; count < 10; count++)
    world.turn(({ requests }) => {
      const draft = { id: null, event: "message", data: null, user: "alice" };
      expect(requests.publish(server, [draft], null, world.now)).toMatchObject({ receipts: [{}] });
      expect(requests.signal(server, { event: "e", data: 1 }, null, world.now)).toBeNull();
    });
});

test("PUBLISH-4 connection= says whose echo it is, if it is the user's own", () => {
  const world = new TestChannel();
  const [own, other] = [world.connect("alice", { echo: false }), world.connect("bob", { echo: false })];
  const { connection } = own.session;
  world.publish("alice", [{ data: "own" }], connection);
  world.publish("bob", [{ data: "not theirs" }], connection);
  world.publish("alice", [{ data: "no such" }], "nobody");
  world.settle();
  const data = (peer: typeof own) =>
    peer.news().flatMap(({ messages = [] }) => messages.map((message: { data: string }) => message.data));
  expect(data(own)).toEqual(["not theirs", "no such"]);
  expect(data(other)).toEqual(["own", "not theirs", "no such"]);
});

test("SIGNAL-3 over HTTP signals have a rate by user", () => {
  const world = new TestChannel({ SIGNAL_RATE: 2 });
  const signal = (user: string) =>
    world.turn(({ requests }) => requests.signal(identity(user), { event: "e", data: 1 }, null, world.now));
  expect([signal("alice"), signal("alice")]).toEqual([null, null]);
  expect(signal("alice")).toMatchObject({ code: "rate_limited", retryAfter: 500 });
  expect(signal("bob")).toBeNull();
});

test("PRESENCE-10 member data of a connection can be set by its user, if it makes them a member", () => {
  const world = new TestChannel();
  const [member, watcher] = [world.connect("bob"), world.connect("bob", { member: false })];
  const set = (user: string, connection: string, data = "x".repeat(10)) =>
    world.turn(({ requests }) => requests.setMemberData(identity(user), connection, false, data, world.now));
  expect(set("bob", member.session.connection)).toBeNull();
  expect(world.members().members).toMatchObject([{ user: "bob", data: "xxxxxxxxxx" }]);
  expect(set("bob", watcher.session.connection)).toMatchObject({ code: "bad_request" });
  expect(set("alice", member.session.connection)).toMatchObject({ code: "not_found" });
  expect(set("bob", "nobody")).toMatchObject({ code: "not_found" });
  expect(set("bob", member.session.connection, "x".repeat(1023))).toMatchObject({ code: "too_large" });
});
