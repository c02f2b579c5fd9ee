import { expect, test } from "vitest";
import { breakTable, mendTable } from "../support/fault.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { until } from "../support/until.ts";
import { atRelay, atRoom, type Follower } from "./follower.ts";

test("RELAY-7 in the middle of traffic a clear is seen by all at the same place", async () => {
  const room = new Room("lobby");
  const relays = [new Relay(room, 0), new Relay(room, 1)] as const;
  const all = [await atRoom(room, "here"), await atRelay(relays[0], "alice"), await atRelay(relays[1], "bob")];
  const settled: Promise<number>[] = [];
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 20; n++) for (const [who, each] of all.entries()) settled.push(each.publish([who, round, n]));
    expect((await room.call("DELETE", "messages")).status).toBe(204);
    if (round === 2) await relays[0].hibernate().catch(() => undefined);
  }
  await Promise.all(settled);
  await until(() => all.every(({ gaps }) => gaps.length === 5), "all to hear of every clear");
  for (const each of all) await each.has(300);
  const [here] = all;
  for (const { data, gaps, wrong, cursor } of all)
    expect([wrong, data, gaps, cursor]).toEqual([[], here?.data, here?.gaps, here?.cursor]);
  for (const who of all.keys()) {
    const own = ((here as Follower).data as number[][]).filter(([from]) => from === who);
    expect(own).toEqual(
      own.toSorted((a, b) => (a[1] as number) - (b[1] as number) || (a[2] as number) - (b[2] as number)),
    );
  }
});

test("RELAY-2 a relay that cannot write tells nobody what it has not written, and goes on when it can", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const [here, alice] = [await atRoom(room, "here"), await atRelay(relay, "alice")];
  await here.publish("one");
  await alice.has(1);
  await breakTable(relay, "log");
  await here.publish("two");
  await until(() => alice.lastClose !== null, "its connection to be cut");
  expect(alice.data).toEqual(["one"]);
  await mendTable(relay);
  await here.publish("three");
  await alice.has(3);
  expect([alice.data, alice.wrong, alice.gaps]).toEqual([["one", "two", "three"], [], []]);
});

test("RELAY-2 ten relays and a burst: everybody has the same, in the order in which each was published", async () => {
  const room = new Room("lobby");
  const relays = Array.from({ length: 10 }, (_, shard) => new Relay(room, shard));
  const all = await Promise.all(relays.map((relay, index) => atRelay(relay, `u${index}`)));
  await Promise.all(all.flatMap((each, who) => Array.from({ length: 50 }, (_, n) => each.publish([who, n]))));
  for (const each of all) await each.has(500);
  const [first] = all;
  for (const { data, wrong, connects } of all) expect([wrong, data, connects]).toEqual([[], first?.data, 1]);
  for (const who of all.keys())
    expect(((first as Follower).data as number[][]).filter(([from]) => from === who).map(([, n]) => n)).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    );
});
