import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/protocol/operations.ts";
import type { Peer } from "../../support/peer.ts";
import { type Dial, identity, START, TestChannel } from "../../support/test-channel.ts";

/** A connection whose token ends in a minute, and the tokens it may renew it with. */
function renewable(dial: Dial = {}) {
  const world = new TestChannel();
  const peer = world.connect("alice", { expires: START + 60_000, ...dial });
  peer.news();
  const { tokens } = world.host;
  tokens.set("longer", identity("alice", { expires: START + 600_000 }));
  tokens.set("less", identity("alice", { expires: START + 600_000, operations: OPERATIONS.subscribe }));
  tokens.set("bob's", identity("bob", { expires: START + 600_000 }));
  tokens.set("elsewhere", identity("alice", { operations: OPERATIONS.publish }));
  return { world, peer };
}

/** Sends an `auth` frame, and waits until the token is checked. */
async function auth(peer: Peer, token: string, ref = "1"): Promise<void> {
  peer.send({ type: "auth", token, ref });
  await new Promise((done) => setImmediate(done));
}

test("AUTH-9 a fresh token is acknowledged with its end, and the connection outlasts the old one", async () => {
  const { world, peer } = renewable();
  await auth(peer, "longer");
  expect(peer.news()).toEqual([{ type: "ack", ref: "1", expires: START + 600_000 }]);
  peer.ping();
  world.advance(70_000);
  expect(peer.isOpen).toBe(true);
  for (let count = 0; count < 6; count++) {
    peer.ping();
    world.advance(90_000);
  }
  expect(peer.subscriber.closed).toEqual({ code: 4401, reason: "unauthenticated" });
});

test("AUTH-9 the renewal outlasts a sleep", async () => {
  const { world, peer } = renewable({ member: false });
  await auth(peer, "longer");
  world.hibernate();
  world.advance(70_000);
  expect(peer.isOpen).toBe(true);
});

test.each(["nonsense", "bob's", "elsewhere"])("AUTH-9 S3 the token %j changes nothing", async (token) => {
  const { world, peer } = renewable();
  await auth(peer, token);
  expect(peer.news()).toMatchObject([{ type: "error", ref: "1", code: "unauthenticated" }]);
  expect(peer.isOpen).toBe(true);
  peer.send({ type: "publish", ref: "2", data: 1 });
  world.settle();
  expect(world.history().messages).toMatchObject([{ user: "alice" }]);
  world.advance(66_000);
  expect(peer.subscriber.closed).toEqual({ code: 4401, reason: "unauthenticated" });
});

test("AUTH-9 the new rights replace the old ones at once", async () => {
  const { peer } = renewable();
  await auth(peer, "less");
  peer.news();
  peer.send({ type: "publish", ref: "2", data: 1 });
  peer.send({ type: "members", ref: "3" });
  expect(peer.news()).toMatchObject([
    { ref: "2", code: "forbidden" },
    { ref: "3", code: "forbidden" },
  ]);
});

test("AUTH-9 S1 who loses the right to presence is told no more of it", async () => {
  const { world, peer } = renewable({ presence: "members" });
  await auth(peer, "less");
  peer.news();
  world.connect("carol");
  expect(peer.news().map(({ type }) => type)).toEqual([]);
});

test("AUTH-9 AUTH-6 who loses the right to presence is no member any more", async () => {
  const { world, peer } = renewable();
  await auth(peer, "less");
  expect(world.members().members).toEqual([]);
  expect(peer.isOpen).toBe(true);
});

test("AUTH-9 while the token is checked everything goes on with the old rights", async () => {
  const { world, peer } = renewable();
  peer.send({ type: "auth", token: "less", ref: "1" });
  peer.send({ type: "publish", ref: "2", data: 1 });
  world.settle();
  await new Promise((done) => setImmediate(done));
  expect(peer.news().filter(({ type }) => type !== "messages")).toMatchObject([
    { type: "ack", ref: "2", seq: 1 },
    { type: "ack", ref: "1", expires: START + 600_000 },
  ]);
});

test("AUTH-9 when the token cannot be checked the error is not final, and nothing changes", async () => {
  const { world, peer } = renewable();
  world.host.verifyFails = true;
  await auth(peer, "longer");
  expect(peer.news()).toMatchObject([{ type: "error", ref: "1", code: "internal" }]);
  expect(peer.isOpen).toBe(true);
});

test.each([false, true])(
  "AUTH-9 a connection that ended meanwhile is told nothing (the check fails: %s)",
  async (fails) => {
    const { world, peer } = renewable();
    world.host.verifyFails = fails;
    const { session, subscriber } = peer;
    peer.send({ type: "auth", token: "longer", ref: "1" });
    world.turn(({ channel }) => channel.closed(session, false, world.now));
    const before = subscriber.frames.length;
    await new Promise((done) => setImmediate(done));
    expect(subscriber.frames.slice(before)).toEqual([]);
  },
);

test("FRAME-6 tokens cannot be tried for ever", async () => {
  const { peer } = renewable();
  for (let count = 0; count < 100; count++) await auth(peer, `guess-${count}`);
  expect(peer.subscriber.closed).toEqual({ code: 4429, reason: "rate_limited" });
});

test("AUTH-7 the API_KEY's connection has no rates", () => {
  const world = new TestChannel({ PUBLISH_RATE: 1, PUBLISH_BURST: 1, SIGNAL_RATE: 1 });
  const server = world.connect("server", { kind: "server" });
  server.news();
  for (let count = 0; count < 20; count++) {
    server.send({ type: "publish", data: count });
    server.send({ type: "signal", event: "e", data: count });
  }
  expect(server.news()).toEqual([]);
});
