import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const POLL_GRACE = 30_000;
const GRACE = 10_000;
const POLL = { transport: "poll", connection: "c" } as const;
const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");
const left = (user: string) => ({ type: "presence", count: 0, left: [{ user }] });

/** A channel with one who watches and does nothing else. */
function watched(settings = {}) {
  const world = new TestChannel(settings);
  const watcher = world.connect("zoe", { presence: "members", member: false });
  return { world, watcher };
}

/** One poll that ends after `ms`. */
function poll(world: TestChannel, ms = 0): void {
  const peer = world.connect("bob", POLL);
  world.advance(ms);
  peer.close(1001);
}

test("POLL-3 the end of a poll has a grace of 30 s, and a broken stream one of 10 s", () => {
  for (const [dial, grace] of [
    [POLL, POLL_GRACE],
    [{ transport: "sse", view: "events" }, GRACE],
    [{ transport: "ws" }, GRACE],
  ] as const) {
    const { world, watcher } = watched();
    const bob = world.connect("bob", dial);
    presence(watcher);
    bob.close(1001);
    world.advance(grace - 1);
    expect([presence(watcher), world.members().count]).toEqual([[], 1]);
    world.advance(1);
    expect([presence(watcher), world.members().count]).toEqual([[left("bob")], 0]);
  }
});

test("POLL-3 it counts from the last poll's end, however many there are", () => {
  const { world, watcher } = watched();
  poll(world, 5000);
  expect(presence(watcher)).toMatchObject([{ joined: [{ user: "bob" }] }]);
  for (let round = 0; round < 20; round++) {
    watcher.ping();
    world.advance(POLL_GRACE - 1);
    poll(world, round % 2 === 0 ? 0 : 25_000);
  }
  expect(presence(watcher)).toEqual([]);
  expect(world.members().members).toEqual([{ user: "bob", data: null, since: START, connections: 0 }]);
  world.advance(POLL_GRACE);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("POLL-3 a grace outlasts a sleep, also of many before each of its ends", () => {
  const { world, watcher } = watched();
  poll(world);
  presence(watcher);
  world.hibernate();
  world.advance(GRACE);
  expect([presence(watcher), world.isAwake]).toEqual([[], false]);
  world.members();
  world.hibernate();
  world.advance(POLL_GRACE - GRACE - 1);
  expect(presence(watcher)).toEqual([]);
  world.advance(1);
  expect(presence(watcher)).toEqual([left("bob")]);
});

test("POLL-3 a read is right though the alarm is late", () => {
  const { world } = watched();
  poll(world);
  world.now += POLL_GRACE - 1;
  expect(world.members().count).toBe(1);
  world.now += 1;
  expect(world.members().count).toBe(0);
});

test.each([
  ["longer", 45_000, 20_000],
  ["shorter", 4000, 20_000],
  ["as long", 20_000, 20_000],
  ["none", 0, 20_000],
  ["there, though the other is none", 5000, 0],
])("POLL-3 the grace of polls may be %s", (_what, pollGrace, grace) => {
  const { world, watcher } = watched({ POLL_GRACE: pollGrace, PRESENCE_GRACE: grace });
  const socket = world.connect("ann");
  presence(watcher);
  socket.close(1006);
  poll(world);
  const ends = [
    { user: "ann", at: START + grace },
    { user: "bob", at: START + pollGrace },
  ].sort((a, b) => a.at - b.at);
  for (const { at } of ends) {
    if (at > world.now) world.advance(at - 1 - world.now);
    const here = ends.filter((end) => end.at > world.now).map(({ user }) => user);
    expect(world.members().members.map(({ user }) => user)).toEqual(here.sort());
    world.advance(Math.max(0, at - world.now));
  }
  expect(world.members().count).toBe(0);
});

test("POLL-3 after a crash whoever polled has the grace of everybody", () => {
  const { world } = watched();
  poll(world);
  world.connect("ann", { ...POLL, connection: "a" });
  world.advance(1000);
  world.crash();
  world.advance(GRACE - 1);
  expect(world.members().members.map(({ user }) => user)).toEqual(["ann", "bob"]);
  world.advance(1);
  // bob's last poll had ended by itself: its end was written down.
  expect(world.members().members.map(({ user }) => user)).toEqual(["bob"]);
  world.advance(POLL_GRACE - GRACE - 1000 - 1);
  expect(world.members().count).toBe(1);
  world.advance(1);
  expect(world.members().count).toBe(0);
});

test("POLL-3 PRESENCE-10 data may be set between two polls", () => {
  const { world, watcher } = watched();
  const bob = { user: "bob", kind: "user", operations: 255, issuedAt: null, expires: null, info: null } as const;
  const set = (isPoll: boolean, data: number) =>
    world.turn(({ requests }) => requests.setMemberData(bob, "c", isPoll, data, world.now));
  poll(world);
  presence(watcher);
  expect(set(false, 1)).toMatchObject({ code: "not_found" });
  expect(set(true, 2)).toBeNull();
  expect(presence(watcher)).toMatchObject([{ updated: [{ user: "bob", data: 2 }] }]);
  world.advance(POLL_GRACE);
  expect(set(true, 3)).toMatchObject({ code: "not_found" });
  world.connect("bob", { ...POLL, member: false });
  expect(set(true, 4)).toMatchObject({ code: "bad_request" });
});

test("ADMIN-2 who is thrown out of a poll has no grace", () => {
  const { world, watcher } = watched();
  world.connect("bob", POLL);
  presence(watcher);
  world.turn(({ channel }) => channel.administration.kick("bob", world.now));
  expect(presence(watcher)).toEqual([left("bob")]);
});
