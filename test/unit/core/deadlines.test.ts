import { expect, test } from "vitest";
import { TestChannel } from "../../support/test-channel.ts";

const HOUR = 3_600_000;
const rows = (world: TestChannel) => world.sql.exec("SELECT first_seq FROM log").length;

/** Everything that a channel has to remember, as text. */
function stateOf(world: TestChannel): string {
  const tables = ["meta", "log", "members"].map((table) => world.sql.exec(`SELECT * FROM ${table}`));
  return JSON.stringify([tables, world.history(), world.members()]);
}

function busy() {
  const world = new TestChannel({ RETAIN_AGE: HOUR });
  const watcher = world.connect("zoe", { presence: "members", expires: world.now + 30 * 60_000 });
  world.connect("bob").close();
  world.publish("bob", [{ id: "a" }]);
  world.settle();
  return { world, watcher };
}

test("RETAIN-1 rows of which nothing is retained go though nobody writes, and though the object sleeps", () => {
  const world = new TestChannel({ RETAIN_AGE: HOUR });
  world.publish("bob", [{}]);
  world.settle();
  world.hibernate();
  world.advance(HOUR);
  expect(rows(world)).toBe(1);
  world.advance(HOUR / 20 + 1000);
  expect(rows(world)).toBe(0);
  expect(world.history()).toMatchObject({ messages: [], cursor: "epoch001-1" });
});

test("RETAIN-1 a quiet room sets no more than 20 alarms a retention age", () => {
  const world = new TestChannel({ RETAIN_AGE: HOUR });
  let alarms = 0;
  for (let minute = 0; minute < 120; minute++) {
    world.publish("bob", [{}]);
    world.settle();
    world.hibernate();
    const before = world.alarm;
    world.advance(60_000);
    if (world.alarm !== before) alarms++;
  }
  expect(alarms).toBeLessThanOrEqual(2 * 20 + 2);
});

test("PRESENCE-9 an alarm that rings twice, or for nothing, changes nothing", () => {
  const { world, watcher } = busy();
  for (const at of [0, 5000, 10_000, HOUR, 3 * HOUR]) {
    world.advance(at);
    world.ring();
    const [state, frames] = [stateOf(world), watcher.subscriber.frames.length];
    world.ring();
    world.ring();
    expect(stateOf(world)).toBe(state);
    expect(watcher.subscriber.frames.length).toBe(frames);
  }
});

test("PRESENCE-9 an alarm that comes late does at once what was due", () => {
  const { world, watcher } = busy();
  watcher.news();
  world.now += 20_000;
  world.ring();
  expect(watcher.news()).toMatchObject([{ type: "presence", left: [{ user: "bob" }] }]);
});

test("PRESENCE-9 an alarm that is lost is made up for by the next wake", () => {
  const { world, watcher } = busy();
  watcher.news();
  world.hibernate();
  world.alarm = null;
  world.now += 20_000;
  world.history();
  expect(watcher.news()).toMatchObject([{ type: "presence", left: [{ user: "bob" }] }]);
});

test("MSG-3 a room that was only asked about has no alarm", () => {
  const world = new TestChannel();
  world.members();
  expect(world.alarm).toBeNull();
});
