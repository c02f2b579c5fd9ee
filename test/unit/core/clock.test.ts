/** The clock is put forward or back while all goes on: nobody is taken for dead, and nothing waits until it is as late again. */
import { expect, test } from "vitest";
import { between, dueAt } from "../../../src/core/clock.ts";
import type { Peer } from "../../support/peer.ts";
import { START, TestChannel } from "../../support/test-channel.ts";

const [HOUR, DAY] = [3_600_000, 86_400_000];
const [TIMEOUT, SWEEP, GRACE] = [100_000, 60_000, 10_000];
const DEAD = { code: 4408, reason: "heartbeat_timeout" };
const leaves = (peer: Peer) => peer.news().flatMap(({ left }) => (left as { user: string }[]) ?? []);

/** Time goes by, and these ping. */
function live(world: TestChannel, ms: number, peers: readonly Peer[], sleeps: boolean): void {
  for (let past = 0; past < ms; past += 10_000) {
    for (const peer of peers) peer.ping();
    if (sleeps && world.isAwake && world.host.tasks.size === 0) world.hibernate();
    world.advance(10_000);
  }
}

/** A room in which somebody watches, and all are alive. */
function busy(sleeps: boolean) {
  const world = new TestChannel();
  const watcher = world.connect("zoe", { presence: "members" });
  const [alice, bob] = [world.connect("alice"), world.connect("bob")];
  live(world, TIMEOUT + SWEEP, [watcher, alice, bob], sleeps);
  watcher.news();
  return { world, watcher, alice, bob };
}

const all = [HOUR, DAY, -HOUR, -DAY].flatMap((jump) => [true, false].map((sleeps) => ({ jump, sleeps })));

test.each(all)(
  "HEART-2 PRESENCE-7 the clock jumps by $jump ms (asleep: $sleeps): who pings stays",
  ({ jump, sleeps }) => {
    const { world, watcher, alice, bob } = busy(sleeps);
    world.now += jump;
    // Whoever looks first, it is not taken for silence.
    expect(world.members(0).count).toBe(3);
    live(world, 3 * TIMEOUT, [watcher, alice, bob], sleeps);
    expect([alice.isOpen, bob.isOpen, watcher.isOpen]).toEqual([true, true, true]);
    expect(leaves(watcher)).toEqual([]);
  },
);

test.each(all)(
  "HEART-2 PRESENCE-7 the clock jumps by $jump ms (asleep: $sleeps): who is silent then leaves, as ever",
  ({ jump, sleeps }) => {
    const { world, watcher, alice, bob } = busy(sleeps);
    world.now += jump;
    alice.send({ type: "members", ref: "1", limit: 1 }); // something happens: the alarm itself may be a day away
    live(world, TIMEOUT + SWEEP + 30_000, [watcher, alice], sleeps);
    expect(bob.subscriber.closed).toEqual(DEAD);
    expect(alice.isOpen).toBe(true);
    expect(leaves(watcher)).toEqual([{ user: "bob" }]);
  },
);

test.each([-HOUR, -DAY])("PRESENCE-6 a grace is as long as ever though the clock is put back by %d ms", (jump) => {
  for (const sleeps of [true, false]) {
    const { world, watcher, alice, bob } = busy(sleeps);
    bob.close();
    world.now += jump;
    alice.send({ type: "members", ref: "1", limit: 1 });
    expect(world.members(0).count).toBe(3);
    live(world, 2 * GRACE, [watcher, alice], sleeps);
    expect(leaves(watcher)).toEqual([{ user: "bob" }]);
  }
});

test("HEART-2 an object that stood still for minutes takes nobody for dead who goes on pinging", () => {
  const { world, watcher, alice, bob } = busy(false);
  world.now += 10 * 60_000; // its alarm, too, comes as late
  world.ring();
  live(world, TIMEOUT, [watcher, alice], false);
  expect([watcher.isOpen, alice.isOpen]).toEqual([true, true]);
  expect(bob.subscriber.closed).toEqual(DEAD);
});

// Found by the simulation, seed 395: due since long ago, and with nothing to do, it rang again and again.
test("PRESENCE-7 after hours without a connection the first member's sweep lies ahead", () => {
  const world = new TestChannel();
  world.connect("alice").close(1000);
  world.now += TIMEOUT;
  expect(world.members(0).count).toBe(0);
  world.now = START + 2 * HOUR;
  world.alarm = null;
  world.connect("bob");
  expect(world.alarm).toBeGreaterThan(world.now);
});

test("S2 L2 what was set a moment ahead is due at once after the clock was put back, and time between two looks never negative", () => {
  expect([dueAt(1000, 500, 700), dueAt(1000, 500, 1200), dueAt(1000, 500, 500)]).toEqual([1000, 1000, 1000]);
  expect(dueAt(DAY, 500, 100)).toBe(100);
  expect([between(100, 250), between(DAY, 0)]).toEqual([150, DAY]);
});
