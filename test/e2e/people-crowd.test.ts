import { afterAll, describe, expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import type { PresencePage } from "../support/frames.ts";
import { call } from "../support/http.ts";
import { apiKey, uniqueRoom, useService } from "../support/service.ts";

const service = useService();
/** To come back after a crash, ms. */
const grace = 10_000;
const dialAtOnce = 25;
const readers = 4;

interface Seen {
  online: boolean;
  lastSeen: number | null;
}
interface Looked {
  users: Record<string, Seen>;
  rooms: Record<string, { count: number }>;
}

const clients: Client[] = [];
afterAll(() => {
  for (const client of clients) client.terminate();
});

/** Lets users into a room, each by a token of their own. */
async function joinAll(users: readonly string[], room: string): Promise<Client[]> {
  const joined: Client[] = [];
  const waiting = [...users];
  const dial = async () => {
    for (let user = waiting.pop(); user !== undefined; user = waiting.pop())
      joined.push(await service.join(user, room));
  };
  await Promise.all(Array.from({ length: dialAtOnce }, dial));
  clients.push(...joined);
  return joined;
}

/** One look at all of them: what it said, and how long it took, ms. */
async function look(
  users: readonly string[],
  rooms: readonly string[],
): Promise<Looked & { took: number; at: number }> {
  const began = performance.now();
  const at = Date.now();
  const body = { users, rooms };
  const answer = await call<Looked>("POST", `${service.origin()}/v1/presence`, {
    token: apiKey,
    body,
    timeout: 60_000,
  });
  expect(answer.status, answer.text).toBe(200);
  return { ...answer.body, took: Math.round(performance.now() - began), at };
}

const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name}-${String(n).padStart(4, "0")}`);

describe("500 people asked in one call", () => {
  const here = named(uniqueRoom("here"), 150);
  const gone = named(uniqueRoom("gone"), 100);
  const never = named(uniqueRoom("never"), 250);
  const users = [...here, ...gone, ...never];
  const room = uniqueRoom("room");
  const rooms = [room, ...named(uniqueRoom("empty"), 499)];
  let leftAt = 0;

  it("PEOPLE-4 PEOPLE-2 are each as they are: online, gone since, never seen; so are 500 rooms", async () => {
    const left = await joinAll(gone, room);
    await joinAll(here, room);
    leftAt = Date.now();
    await Promise.all(left.map((client) => client.close()));
    const first = await look(users, rooms);
    expect(Object.keys(first.users)).toHaveLength(500);
    for (const user of here) expect(first.users[user]).toEqual({ online: true, lastSeen: expect.any(Number) });
    for (const user of never) expect(first.users[user]).toEqual({ online: false, lastSeen: null });
    expect(first.rooms[room]).toEqual({ count: 150 });
    for (const empty of rooms.slice(1)) expect(first.rooms[empty]).toEqual({ count: 0 });
    // Whoever left is believed to be there for a moment, until their leave is told.
    await expect
      .poll(async () => (await look(gone, [])).users, { timeout: grace, interval: 500 })
      .toEqual(Object.fromEntries(gone.map((user) => [user, { online: false, lastSeen: expect.any(Number) }])));
    const again = await look(users, rooms);
    for (const user of gone) {
      const { lastSeen } = again.users[user] as Seen;
      expect(lastSeen).toBeGreaterThanOrEqual(leftAt);
      expect(lastSeen).toBeLessThan(leftAt + 5_000);
    }
    console.log(`500 users and 500 rooms: first ${first.took} ms, again ${again.took} ms`);
  });

  it("PEOPLE-3 are right right after a kill: nobody is there who did not come back, and all were last seen then", async () => {
    const killedAt = Date.now();
    await service.server.kill();
    await service.server.restart();
    const upAt = Date.now();
    const after = await look(users, rooms);
    expect(after.rooms[room]?.count).toBeLessThanOrEqual(150); // within the grace they may still be members
    for (const user of here) {
      const { online, lastSeen } = after.users[user] as Seen;
      expect(online).toBe(false);
      expect(lastSeen).toBeGreaterThanOrEqual(leftAt);
      expect(lastSeen).toBeLessThanOrEqual(after.at + after.took + 1_000);
    }
    for (const user of gone) expect((after.users[user] as Seen).lastSeen).toBeLessThan(leftAt + 5_000);
    for (const user of never) expect(after.users[user]).toEqual({ online: false, lastSeen: null });
    const back = here.slice(0, 75);
    await joinAll(back, room);
    const then = await look(users, rooms);
    for (const user of users) expect([user, then.users[user]?.online]).toEqual([user, back.includes(user)]);
    await expect.poll(async () => (await look([], [room])).rooms[room]?.count, { timeout: 2 * grace }).toBe(75);
    console.log(
      `after a kill (up again in ${upAt - killedAt} ms): first ${after.took} ms, with 75 back ${then.took} ms`,
    );
  });
});

describe("1,000 people who join a room within a second", () => {
  it("PRESENCE-9 PEOPLE-1 are all welcomed, each by their own token, and the count is right at every read", async () => {
    const room = uniqueRoom("crowd");
    const users = named(uniqueRoom("user"), 1_000);
    const watcher = await service.join("watcher", room, { presence: "count", member: 0 });
    let begun = 0;
    let lastBegun = 0;
    let welcomed = 0;
    const began = performance.now();
    const joining = users.map(async (user, n) => {
      await new Promise((resolve) => setTimeout(resolve, (n / users.length) * 900));
      begun++;
      if (begun === users.length) lastBegun = Math.round(performance.now() - began);
      const client = await service.join(user, room, {}, { timeout: 100_000 });
      welcomed++;
      clients.push(client);
      return client;
    });
    const all = Promise.all(joining);
    let isOver = false;
    const reads: [least: number, count: number, most: number][] = [];
    const read = async () => {
      while (!isOver) {
        const least = welcomed;
        const query = { limit: 0 };
        const { body } = await service.room<PresencePage>("GET", room, "presence", { query, timeout: 100_000 });
        reads.push([least, body.count, begun]);
      }
    };
    const reading = Promise.all(Array.from({ length: readers }, read));
    const joined = await all.finally(() => {
      isOver = true;
    });
    const took = Math.round(performance.now() - began);
    await reading;
    console.log(
      `1,000 joins: begun within ${lastBegun} ms, all welcomed after ${took} ms, ${reads.length} reads meanwhile`,
    );
    expect(joined).toHaveLength(1_000);
    for (const [least, count, most] of reads) {
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThanOrEqual(most);
    }
    expect((await look([], [room])).rooms[room]).toEqual({ count: 1_000 });
    await watcher.until(
      () => watcher.framesOf<{ type: string; count: number }>("presence").at(-1)?.count === 1_000,
      "1,000",
    );
    const seen = await look(users.slice(0, 500), []);
    expect(Object.values(seen.users).filter(({ online }) => online)).toHaveLength(500);
    const leaving = performance.now();
    await Promise.all(joined.slice(0, 400).map((client) => client.close()));
    expect((await look([], [room])).rooms[room]).toEqual({ count: 600 });
    console.log(`400 left in ${Math.round(performance.now() - leaving)} ms`);
    await service.canary(room);
  });
});
