import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { TestChannel } from "../../support/test-channel.ts";

const presence = (peer: Peer) => peer.news().filter(({ type }) => type === "presence");
const names = (members: { user: string }[] = []) => members.map(({ user }) => user);

/** A channel in which `count` watch. */
function watchedBy(count: number) {
  const world = new TestChannel();
  const watchers = Array.from({ length: count }, (_, index) =>
    world.connect(`w${index}`, { presence: "members", member: false }),
  );
  return { world, watcher: watchers[0] as Peer, watchers };
}

test("PRESENCE-4 20 watchers are told at once", () => {
  const { world, watcher } = watchedBy(20);
  world.connect("bob");
  expect(presence(watcher)).toMatchObject([{ count: 1, joined: [{ user: "bob" }] }]);
});

test("PRESENCE-4 21 are told within a second, everything in one frame", () => {
  const { world, watcher, watchers } = watchedBy(21);
  for (const user of ["bob", "carol", "dave"]) world.connect(user);
  world.advance(400);
  world.connect("erin").close(1000);
  world.advance(599);
  expect(presence(watcher)).toEqual([]);
  world.advance(1);
  const news = watchers.map(presence);
  expect(news[0]?.map(({ count, joined }) => [count, names(joined)])).toEqual([[3, ["bob", "carol", "dave"]]]);
  expect(new Set(news.map((frames) => JSON.stringify(frames))).size).toBe(1);
});

test("PRESENCE-4 P7 a busy room costs each watcher one batch a second", () => {
  const { world, watcher } = watchedBy(21);
  for (let count = 0; count < 50; count++) {
    world.connect(`u${count}`);
    world.advance(100);
  }
  expect(presence(watcher).length).toBeLessThanOrEqual(5);
});

test("PRESENCE-9 what is undone while it is collected is nothing to tell", () => {
  const { world, watcher } = watchedBy(21);
  const [stays, goes] = [world.connect("stays"), world.connect("goes")];
  world.advance(1000);
  presence(watcher);
  goes.close(1000);
  world.connect("goes", { data: "again" });
  world.connect("brief").close(1000);
  stays.send({ type: "presence", data: 1 });
  stays.send({ type: "presence", data: 2 });
  world.advance(1000);
  const told = presence(watcher);
  const updated = told[0]?.updated.map(({ user, data }: { user: string; data: unknown }) => [user, data]);
  expect([told.length, names(told[0]?.joined), names(told[0]?.left)]).toEqual([1, [], []]);
  expect(updated).toEqual(
    expect.arrayContaining([
      ["stays", 2],
      ["goes", "again"],
    ]),
  );
});

test("PRESENCE-2 who comes while changes are collected is not told what their welcome said", () => {
  const { world } = watchedBy(21);
  world.connect("bob");
  const late = world.connect("late", { presence: "members" });
  const second = world.connect("second", { presence: "members" });
  expect(names(late.news()[0].presence.members)).toEqual(["bob", "late"]);
  world.advance(1000);
  expect(presence(late).map(({ joined }) => names(joined))).toEqual([["second"]]);
  expect(presence(second)).toEqual([]);
});

test("PRESENCE-4 when watchers become few, what was collected is told at once", () => {
  const { world, watcher, watchers } = watchedBy(21);
  world.connect("bob");
  watchers.at(-1)?.close(1000);
  expect(presence(watcher)).toMatchObject([{ joined: [{ user: "bob" }] }]);
  world.advance(1000);
  expect(presence(watcher)).toEqual([]);
});

test("FRAME-7 thousands of changes come in frames of at most 256 KiB", () => {
  const { world, watcher } = watchedBy(21);
  const data = "é".repeat(500);
  for (let count = 0; count < 400; count++) world.connect(`u${count}`, { data, info: { name: "é".repeat(500) } });
  world.advance(1000);
  const frames = watcher.subscriber.frames.slice(1);
  expect(frames.length).toBeGreaterThan(1);
  for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(256 * 1024);
  const joined = presence(watcher).flatMap((frame) => names(frame.joined));
  expect(new Set(joined).size).toBe(400);
});

test("L3 changes that nobody watches are not kept", () => {
  const world = new TestChannel({ PRESENCE_COLLECT_ABOVE: 0 });
  for (let count = 0; count < 10; count++) world.connect(`u${count}`).close(1000);
  expect([...world.host.tasks.keys()]).not.toContain("presence");
  const watcher = world.connect("zoe", { presence: "members" });
  world.advance(1000);
  expect(presence(watcher)).toEqual([]);
});
