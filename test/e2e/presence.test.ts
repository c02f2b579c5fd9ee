import { describe, expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import type { Member, PresenceChange, PresencePage } from "../support/frames.ts";
import { folded, told, usersIn } from "../support/presence.ts";
import { tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const watch = { presence: "members" };
/** Well within the grace period of 10 s: what is told by then was told at once. */
const atOnce = 5_000;

const changes = (client: Client) => client.framesOf<PresenceChange>("presence");
const untilTold = (client: Client, what: "joined" | "left", user: string) =>
  client.until(() => told(client, what).includes(user), `${user} ${what}`, atOnce);
const untilUpdated = (client: Client, user: string, test: (member: Member) => boolean) =>
  client.until(() => changes(client).some(({ updated = [] }) => updated.some((m) => m.user === user && test(m))), "it");

describe("presence", () => {
  it("PRESENCE-2 is told to watchers of members, and the welcome counts the newcomer", async () => {
    const room = uniqueRoom("join");
    const alice = await service.join("alice", room, watch);
    expect(alice.welcome.presence).toEqual({
      count: 1,
      members: [{ user: "alice", data: null, since: expect.any(Number), connections: 1 }],
    });
    const bob = await service.join("bob", room, watch);
    expect(bob.welcome.presence?.count).toBe(2);
    expect(bob.welcome.presence?.members?.map(({ user }) => user)).toEqual(["alice", "bob"]);
    await untilTold(alice, "joined", "bob");
    expect(changes(alice)).toEqual([
      {
        type: "presence",
        count: 2,
        joined: [{ user: "bob", data: null, since: expect.any(Number), connections: 1 }],
      },
    ]);
    const carol = await service.join("carol", room);
    await untilTold(alice, "joined", "carol");
    await untilTold(bob, "joined", "carol");
    expect([told(alice, "joined"), told(bob, "joined")]).toEqual([["bob", "carol"], ["carol"]]);
    expect(carol.framesOf("presence")).toEqual([]);
  });

  it("PRESENCE-2 is only a number to watchers of count, and nothing to others", async () => {
    const room = uniqueRoom("count");
    const counter = await service.join("alice", room, { presence: "count" });
    const deaf = await service.join("bob", room, { presence: "none" });
    expect(counter.welcome.presence).toEqual({ count: 1 });
    expect(deaf.welcome).not.toHaveProperty("presence");
    const carol = await service.join("carol", room);
    await counter.until(() => changes(counter).some(({ count }) => count === 3), "a count of 3", atOnce);
    await carol.close();
    await counter.until(() => changes(counter).at(-1)?.count === 2, "a count of 2", atOnce);
    for (const change of changes(counter)) expect(Object.keys(change).sort()).toEqual(["count", "type"]);
    await service.canary(room);
    await deaf.until(({ messages }) => messages.length > 0, "the canary");
    expect(changes(deaf)).toEqual([]);
  });

  it.each<[string, (client: Client) => void]>([
    ["a leave frame", (client) => client.send({ type: "leave" })],
    ["Close 1000", (client) => void client.close(1000)],
  ])("PRESENCE-5 tells a leave at once after %s", async (_how, go) => {
    const room = uniqueRoom("leave");
    const alice = await service.join("alice", room, watch);
    const bob = await service.join("bob", room);
    await untilTold(alice, "joined", "bob");
    go(bob);
    expect(await bob.closed).toMatchObject({ code: 1000 });
    await untilTold(alice, "left", "bob");
    expect(changes(alice).at(-1)).toEqual({ type: "presence", count: 1, left: [{ user: "bob" }] });
    expect(await usersIn(service, room)).toEqual(["alice"]);
  });

  it("PRESENCE-1 takes two connections of one user for one member", async () => {
    const room = uniqueRoom("tabs");
    const alice = await service.join("alice", room, watch);
    const tab = await service.join("bob", room);
    await untilTold(alice, "joined", "bob");
    const second = await service.join("bob", room, watch);
    expect(second.welcome.presence?.count).toBe(2);
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    expect(body.members.map(({ user, connections }) => [user, connections])).toEqual([
      ["alice", 1],
      ["bob", 2],
    ]);
    await tab.close();
    await service.join("carol", room);
    await untilTold(alice, "joined", "carol");
    expect([told(alice, "joined"), told(alice, "left")]).toEqual([["bob", "carol"], []]);
    await second.close();
    await untilTold(alice, "left", "bob");
    expect([...folded(alice).keys()].sort()).toEqual(["alice", "carol"]);
  });

  it("PRESENCE-9 shows member data and the info of the token, and tells when the data changes", async () => {
    const room = uniqueRoom("data");
    const info = { name: "Bob", avatar: "b.png" };
    const token = tokenFor("bob", { "room:*": ["subscribe", "presence"] }, { info });
    const alice = await service.join("alice", room, watch);
    const bob = await service.join("bob", room, { ...watch, data: '{"status":"here"}' }, { token });
    await untilTold(alice, "joined", "bob");
    expect(folded(alice).get("bob")).toMatchObject({ info, data: { status: "here" } });
    expect(await bob.request({ type: "presence", data: { status: "away" } })).toEqual({ type: "ack", ref: "r1" });
    await untilUpdated(alice, "bob", ({ data }) => JSON.stringify(data) === '{"status":"away"}');
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    expect(body.members[1]).toMatchObject({ user: "bob", info, data: { status: "away" } });
    expect(folded(alice)).toEqual(new Map(body.members.map((member) => [member.user, member])));
  });

  it("PRESENCE-10 has one data for all tabs of a user: the last that was written", async () => {
    const room = uniqueRoom("last-writer");
    const alice = await service.join("alice", room, watch);
    const one = await service.join("bob", room, { data: "1" });
    const two = await service.join("bob", room, { data: "2" });
    await untilTold(alice, "joined", "bob");
    await two.request({ type: "presence", data: 3 });
    await one.request({ type: "presence", data: 4 });
    await untilUpdated(alice, "bob", ({ data }) => data === 4);
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    expect(body.members.map(({ user, data }) => [user, data])).toEqual([
      ["alice", null],
      ["bob", 4],
    ]);
    expect(told(alice, "joined")).toEqual(["bob"]);
  });

  it("CONNECT-3 is not given by member=0, which watches all the same", async () => {
    const room = uniqueRoom("watcher");
    const alice = await service.join("alice", room, watch);
    const ghost = await service.join("ghost", room, { ...watch, member: 0 });
    expect(ghost.welcome.presence?.members?.map(({ user }) => user)).toEqual(["alice"]);
    const bob = await service.join("bob", room);
    await untilTold(ghost, "joined", "bob");
    await bob.close();
    await untilTold(ghost, "left", "bob");
    expect(told(alice, "joined")).toEqual(["bob"]);
    expect(await usersIn(service, room)).toEqual(["alice"]);
  });

  it("AUTH-6 is not given without the right to it, but the connection is", async () => {
    const room = uniqueRoom("unseen");
    const token = tokenFor("bob", { "room:*": ["subscribe"] });
    await service.join("alice", room);
    await service.join("bob", room, {}, { token });
    expect(await usersIn(service, room)).toEqual(["alice"]);
  });

  it("PRESENCE-3 is paged by user id, over HTTP and in frames", async () => {
    const room = uniqueRoom("pages");
    const users = ["Zoe", "alice", "bob", "carol", "dave", "erin", "frank"];
    for (const user of users.toReversed()) await service.join(user, room);
    const asker = await service.join("asker", room, { member: 0 });
    const overHttp = async (query: Record<string, number | string>) =>
      (await service.room<PresencePage>("GET", room, "presence", { query })).body;
    const inFrame = async (query: Record<string, number | string>) =>
      (await asker.request({ type: "members", ...query })) as unknown as PresencePage;
    for (const read of [overHttp, inFrame]) {
      const pages = [await read({ limit: 3 })];
      while (pages.at(-1)?.next !== undefined)
        pages.push(await read({ limit: 3, after: pages.at(-1)?.next as string }));
      expect(pages.map(({ members }) => members.map(({ user }) => user))).toEqual([
        users.slice(0, 3),
        users.slice(3, 6),
        users.slice(6),
      ]);
      expect(pages.map(({ count }) => count)).toEqual([7, 7, 7]);
    }
  });

  it("PRESENCE-3 is only the count with limit=0", async () => {
    const room = uniqueRoom("only-count");
    await service.join("alice", room);
    const { status, body } = await service.room<PresencePage>("GET", room, "presence", { query: { limit: 0 } });
    expect([status, body.count, body.members ?? []]).toEqual([200, 1, []]);
  });

  it("PRESENCE-2 comes with at most 100 members in the welcome, and where they go on", async () => {
    const room = uniqueRoom("many");
    const users = Array.from({ length: 130 }, (_, n) => `user-${String(n).padStart(3, "0")}`);
    await Promise.all(users.map((user) => service.joinAs(user, room)));
    const watcher = await service.join("watcher", room, { ...watch, member: 0 });
    const first = watcher.welcome.presence;
    expect(first).toMatchObject({ count: 130, next: expect.any(String) });
    const rest = await watcher.request({ type: "members", after: first?.next });
    expect([...(first?.members ?? []), ...(rest.members as Member[])].map(({ user }) => user)).toEqual(users);
    expect(first?.members).toHaveLength(100);
  });

  it("PRESENCE-9 folds to the snapshot after many have come and gone", async () => {
    const room = uniqueRoom("fold");
    const watcher = await service.join("watcher", room, watch);
    const counter = await service.join("counter", room, { presence: "count" });
    const visit = async (user: string, turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        const client = await service.joinAs(user, room, { data: JSON.stringify({ turn }) });
        await client.request({ type: "presence", data: { turn, changed: true } });
        if (turn < turns - 1) await client.close();
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => visit(`visitor-${n}`, 1 + (n % 4))));
    const last = await service.join("zz-last", room);
    await last.close();
    await untilTold(watcher, "left", "zz-last");
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    expect(folded(watcher)).toEqual(new Map(body.members.map((member) => [member.user, member])));
    expect(body.count).toBe(14);
    expect([changes(watcher).at(-1)?.count, changes(counter).at(-1)?.count]).toEqual([14, 14]);
  });
});
