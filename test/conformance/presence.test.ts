import { describe, expect, it } from "vitest";
import type { Member, PresencePage } from "../support/frames.ts";
import { PollClient } from "../support/poll-client.ts";
import { folded, told, toldOfPresence, usersIn } from "../support/presence.ts";
import { beforeMark } from "../support/readers.ts";
import { tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { overWebSocket, type Transport, transports } from "../support/transports.ts";
import { until } from "../support/until.ts";
import { grace, pollGrace } from "./settings.ts";

const service = useSharedService();
const watching = { presence: "members", member: 0, timeout: 1 };
/** What becomes of changes is to be told at once; one who polls hears what happened between two polls with the next. */
const soon = 15_000;

const watch = (transport: Transport, room: string) => service.subscribe(transport, "watcher", room, watching);
const membersOf = async (room: string) =>
  new Map((await service.room<PresencePage>("GET", room, "presence")).body.members.map((each) => [each.user, each]));
const untilKnows = (
  watcher: Subscriber,
  what: string,
  test: (members: Map<string, Member>) => boolean,
  timeout = soon,
) => watcher.until(() => test(folded(watcher)), what, timeout);
const data = (value: unknown) => JSON.stringify(value);

describe.concurrent.each(transports)("who watches over $name", (transport) => {
  it("PRESENCE-4 PRESENCE-9 POLL-2 knows the members there are, who come, change and leave", async () => {
    const room = uniqueRoom("watch");
    const info = { name: "Alice\u2028\n" };
    const token = tokenFor("alice", { "room:*": ["subscribe", "presence"] }, { info });
    const alice = await service.join("alice", room, { data: data("here\r\n\r\n") }, { token });
    const watcher = await watch(transport, room);
    await untilKnows(watcher, "alice", (members) => members.has("alice"));
    const bob = await service.join("bob", room);
    await untilKnows(watcher, "bob", (members) => members.has("bob"));
    await alice.request({ type: "presence", data: { away: true } });
    await untilKnows(watcher, "the change", (members) => data(members.get("alice")?.data) === '{"away":true}');
    expect(folded(watcher)).toEqual(await membersOf(room));
    expect(folded(watcher).get("alice")?.info).toEqual(info);
    await bob.close();
    await untilKnows(watcher, "that bob left", (members) => !members.has("bob"));
    alice.terminate();
    await untilKnows(watcher, "that alice did not come back", (members) => members.size === 0, grace + soon);
    expect(toldOfPresence(watcher).at(-1)?.count).toBe(0);
  });

  it("PRESENCE-2 POLL-2 knows only how many there are, if it asks for that", async () => {
    const room = uniqueRoom("count");
    await service.join("alice", room);
    const counter = await service.subscribe(transport, "watcher", room, { ...watching, presence: "count" });
    const bob = await service.join("bob", room);
    await counter.until(() => toldOfPresence(counter).at(-1)?.count === 2, "two", soon);
    await bob.close();
    await counter.until(() => toldOfPresence(counter).at(-1)?.count === 1, "one", soon);
    for (const change of toldOfPresence(counter)) expect(Object.keys(change).sort()).toEqual(["count", "type"]);
  });

  it("PRESENCE-2 is told nothing, if it does not ask", async () => {
    const room = uniqueRoom("deaf");
    const deaf = await service.subscribe(transport, "deaf", room, { timeout: 1 });
    const bob = await service.join("bob", room);
    await bob.close();
    await beforeMark(service, room, deaf);
    expect(toldOfPresence(deaf)).toEqual([]);
  });

  it("PRESENCE-9 folds to the list after many have come and gone", async () => {
    const room = uniqueRoom("fold");
    const watcher = await watch(transport, room);
    const visit = async (user: string, turns: number) => {
      for (let turn = 1; turn <= turns; turn++) {
        const visitor = await service.joinAs(user, room, { data: data({ turn }) });
        await visitor.request({ type: "presence", data: { turn, changed: true } });
        if (turn < turns) await visitor.close();
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => visit(`visitor-${n}`, 1 + (n % 4))));
    const list = await membersOf(room);
    expect(list.size).toBe(12);
    await untilKnows(watcher, "the list", (members) => data([...members].sort()) === data([...list].sort()));
  });
});

describe.concurrent.each(transports)("a member over $name", (transport) => {
  it("TRANSPORT-2 CONNECT-3 is one who says member=1, and with member=0 is none", async () => {
    const room = uniqueRoom("membership");
    await service.subscribe(transport, "guest", room, { member: 0 });
    await service.subscribe(transport, "quiet", room);
    await service.subscribe(transport, "loud", room, { member: 1, data: data({ emoji: "👩‍👩‍👧" }) });
    const expected = transport.isMember ? ["loud", "quiet"] : ["loud"];
    expect(await usersIn(service, room)).toEqual(expected);
    expect((await membersOf(room)).get("loud")).toMatchObject({ data: { emoji: "👩‍👩‍👧" }, connections: 1 });
  });

  it("PRESENCE-2 PRESENCE-6 is told to those who watch, and so is the leave after the grace", async () => {
    const room = uniqueRoom("leave");
    const watcher = await watch(overWebSocket, room);
    const bob = await service.subscribe(transport, "bob", room, {
      member: 1,
      presence: "members",
      data: "7",
      timeout: 1,
    });
    await untilKnows(watcher, "bob", (members) => members.get("bob")?.data === 7);
    // Nobody gets their own join.
    expect([...folded(bob).keys(), ...told(bob, "joined")]).toEqual(["bob"]);
    // The grace counts from the end of the last poll, which is known here only to be after its beginning.
    const start = bob instanceof PollClient ? bob.lastAsked : performance.now();
    bob.terminate();
    const longest = bob instanceof PollClient ? pollGrace : grace;
    await watcher.until(() => told(watcher, "left").includes("bob"), "bob left", longest + soon);
    // Two clocks, rounded to milliseconds.
    expect(performance.now() - start).toBeGreaterThanOrEqual(longest - 50);
    expect(await usersIn(service, room)).toEqual([]);
  });

  it("PRESENCE-6 POLL-3 stays one over cuts and polls: one connection, no leave, no join", async () => {
    const room = uniqueRoom("stay");
    const watcher = await watch(overWebSocket, room);
    let bob = await service.subscribe(transport, "bob", room, { member: 1, timeout: 1 });
    await untilKnows(watcher, "bob", (members) => members.has("bob"));
    const since = folded(watcher).get("bob")?.since;
    for (let cut = 1; cut <= 3; cut++) {
      bob.terminate();
      await bob.closed;
      bob = await bob.resume();
    }
    // One who goes now and stays away: when that is told, bob's time would have been up too.
    const marker = await service.subscribe(transport, "marker", room, { member: 1 });
    marker.terminate();
    await watcher.until(() => told(watcher, "left").includes("marker"), "the marker left", pollGrace + soon);
    expect([told(watcher, "joined"), told(watcher, "left")]).toEqual([["bob", "marker"], ["marker"]]);
    expect((await membersOf(room)).get("bob")).toMatchObject({ since });
    if (!(bob instanceof PollClient)) return;
    const polls = bob.chain.flatMap((each) => (each as PollClient).answers);
    expect(polls.length).toBeGreaterThan(4);
    expect(new Set(polls.map(({ connection }) => connection)).size).toBe(1);
  });

  it("PRESENCE-10 PRESENCE-1 is changed over HTTP by connection, and is one with the user's WebSocket", async () => {
    const room = uniqueRoom("data");
    const watcher = await watch(transport, room);
    const bob = await service.subscribe(transport, "bob", room, { member: 1, data: "1", timeout: 1 });
    const tab = await service.join("bob", room);
    const isBoth = async () => (await membersOf(room)).get("bob")?.connections === 2;
    await until(isBoth, { what: "two connections" });
    const { connection } = bob.welcome as unknown as { connection: string };
    const put = (as: string) => service.room("PUT", room, "presence", { as, query: { connection }, body: { data: 2 } });
    expect((await put("bob")).status).toBe(200);
    await untilKnows(watcher, "the new data", (members) => members.get("bob")?.data === 2);
    await tab.request({ type: "presence", data: 3 });
    await untilKnows(watcher, "the newer data", (members) => members.get("bob")?.data === 3);
    expect((await put("eve")).status).not.toBe(200);
    expect((await membersOf(room)).get("bob")?.data).toBe(3);
  });
});
