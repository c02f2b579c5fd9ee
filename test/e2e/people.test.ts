import { describe, expect, it, onTestFinished } from "vitest";
import { channelUrl, type Query } from "../support/channel-url.ts";
import { type CallOptions, call } from "../support/http.ts";
import type { PollClient } from "../support/poll-client.ts";
import { apiKey, tokenFor, uniqueRoom, useService } from "../support/service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { seconds } from "../support/tokens.ts";
import { dialled, overPoll, overSse, overWebSocket, type Transport } from "../support/transports.ts";
import { until } from "../support/until.ts";

const service = useService();
const everywhere = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };
/** What a revocation may take on a machine with other things to do, ms; what is not told is found out after ten seconds. */
const atOnce = 5_000;

/** A token of that user, made so many seconds ago. */
const token = (user: string, age = 5) => tokenFor(user, everywhere, { iat: seconds() - age });

/** One request about a user's channel, by the API key unless a token says otherwise. */
const about = <T = Record<string, unknown>>(
  method: string,
  user: string,
  endpoint: string,
  options: CallOptions & { query?: Query } = {},
) => {
  const { query, ...rest } = options;
  return call<T>(method, channelUrl(service.origin(), `user:${user}`, endpoint, query), { token: apiKey, ...rest });
};

async function follow(transport: Transport, channel: string, by: string, query: Query = {}): Promise<Subscriber> {
  const options = { server: service.origin, channel, token: by, query };
  const client = await transport.connect(options);
  onTestFinished(() => client.terminate());
  return client;
}

interface Inbox {
  read: string;
  unread: number;
}

/** What a device was last told of reading. */
function shown(device: Subscriber): Inbox {
  const answers = (device as PollClient).answers as unknown as Inbox[] | undefined;
  if (answers !== undefined) {
    const { read, unread } = answers.at(-1) as Inbox;
    return { read, unread };
  }
  const told = device.framesOf<{ type: string; cursor: string; unread: number }>("read").at(-1);
  const { read, unread } = device.welcome as unknown as Inbox;
  return told === undefined ? { read, unread } : { read: told.cursor, unread: told.unread };
}
const shows = (device: Subscriber, unread: number) =>
  device.until(() => shown(device).unread === unread, `unread ${unread}`);

describe("an inbox", () => {
  it("INBOX-1 INBOX-2 INBOX-4 collects while its user is offline; two devices, one over SSE, show 3; one reads, the other shows 0; both see a fourth", async () => {
    const alice = uniqueRoom("alice");
    let cursor = "";
    for (const data of ["one", "two", "three"]) {
      const answer = await about<{ cursor: string }>("POST", alice, "messages", { body: { event: "note", data } });
      expect(answer.status, answer.text).toBe(201);
      ({ cursor } = answer.body);
    }
    const after = cursor.replace(/\d+$/, "0");
    const phone = await follow(overWebSocket, `user:${alice}`, token(alice), { after });
    const laptop = await follow(overSse, `user:${alice}`, token(alice), { after });
    const watch = await follow(overPoll, `user:${alice}`, token(alice), { after });
    const devices = [phone, laptop, watch];
    expect(devices.map((device) => shown(device))).toEqual(Array(3).fill({ read: after, unread: 3 }));
    for (const device of devices) await device.until(({ messages }) => messages.length === 3, "the three");
    // What is read between two polls comes with the answer to the next: so there is one first.
    const isThere = ({ transport }: { transport: string }) => transport === "poll";
    await until(async () => (await about<{ transport: string }[]>("GET", alice, "connections")).body.some(isThere), {
      what: "the next poll",
    });
    const { connection } = phone.welcome as { connection: string };
    const body = { cursor };
    const read = await about("PUT", "me", "read", { token: token(alice), body, query: { connection } });
    expect([read.status, read.body]).toEqual([200, { cursor, unread: 0 }]);
    for (const device of [laptop, watch]) await shows(device, 0);
    expect(phone.framesOf("read")).toEqual([]);
    await about("POST", alice, "messages", { body: { event: "note", data: "four" } });
    for (const device of devices) {
      await device.until(({ messages }) => messages.length === 4, "the fourth");
      expect(device.messages.map(({ data }) => data)).toEqual(["one", "two", "three", "four"]);
    }
    const late = await follow(overWebSocket, `user:${alice}`, token(alice));
    expect(shown(late)).toEqual({ read: cursor, unread: 1 });
  });

  it("INBOX-3 is read as far through a kill, and what is unread is right right after it", async () => {
    const alice = uniqueRoom("alice");
    const { body } = await about<{ results: { cursor: string }[] }>("POST", alice, "messages", {
      body: [1, 2, 3].map((data) => ({ data })),
    });
    const second = body.results[1]?.cursor as string;
    await about("PUT", alice, "read", { body: { cursor: second } });
    await service.server.kill();
    await service.server.restart();
    for (const transport of dialled)
      expect(shown(await follow(transport, `user:${alice}`, token(alice)))).toEqual({ read: second, unread: 1 });
  });
});

/** Every way in that a token opens, and what it answers. */
async function statusesOf(by: string, user: string, room: string): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const ask = async (method: string, path: string, body?: unknown) => {
    const options = { token: by, ...(body === undefined ? {} : { body }) };
    answers[`${method} ${path}`] = (await call(method, `${service.origin()}/v1/${path}`, options)).status;
  };
  await ask("GET", `rooms/${room}/messages`);
  await ask("POST", `rooms/${room}/messages`, { data: 1 });
  await ask("POST", `rooms/${room}/signals`, { event: "e", data: 1 });
  await ask("GET", `rooms/${room}/presence`);
  await ask("GET", `rooms/${room}/poll?timeout=0`);
  await ask("GET", "users/me/messages");
  await ask("GET", "users/me/presence");
  await ask("GET", "users/me/connections");
  await ask("GET", "users/me/poll?timeout=0");
  await ask("POST", "tickets", { channel: `room:${room}` });
  await ask("POST", "presence", { users: [user], rooms: [room] });
  for (const transport of dialled) {
    const begun = await follow(transport, `room:${room}`, by).catch((error: Error) => error);
    answers[transport.name] = begun instanceof Error ? (/\b(401|503)\b/.test(`${begun.cause}`) ? 401 : 0) : 200;
  }
  return answers;
}

const logOut = async (user: string) => (await about<{ closed: number }>("DELETE", user, "connections")).body.closed;

describe("a log-out", () => {
  it("REVOKE-1 closes everything in five rooms on three dialled within a second; old tokens are refused everywhere, a new one works", async () => {
    const alice = uniqueRoom("alice");
    const rooms = Array.from({ length: 5 }, (_, n) => uniqueRoom(`room-${n}`));
    const old = token(alice);
    const clients: Subscriber[] = [];
    for (const room of rooms)
      for (const transport of dialled) clients.push(await follow(transport, `room:${room}`, old));
    clients.push(await follow(overWebSocket, `user:${alice}`, old), await follow(overSse, `user:${alice}`, old));
    const bystander = await service.join("bob", rooms[0] as string);
    const ends = clients.map(async ({ closed }) => ({ ...(await closed), at: performance.now() }));
    const began = performance.now();
    const closed = await logOut(alice);
    const answered = performance.now() - began;
    const all = await Promise.all(ends);
    const last = Math.max(...all.map(({ at }) => at)) - began;
    console.log(
      `log-out of 17 connections: answered after ${answered.toFixed()} ms, the last end after ${last.toFixed()} ms`,
    );
    expect(all.map(({ code }) => code)).toEqual(Array(17).fill(4401));
    expect(last).toBeLessThan(atOnce);
    expect(closed).toBeGreaterThanOrEqual(12); // a poll between two answers has nothing to close
    expect(bystander.isOpen).toBe(true);
    const refused = await statusesOf(old, alice, rooms[0] as string);
    expect(new Set(Object.values(refused)), JSON.stringify(refused)).toEqual(new Set([401]));
    const works = await statusesOf(token(alice, -1), alice, rooms[0] as string);
    expect(
      Object.values(works).every((status) => status >= 200 && status < 300),
      JSON.stringify(works),
    ).toBe(true);
  });

  it("REVOKE-2 REVOKE-3 holds through kills at any moment of it: it is all done in the end, or was never begun", async () => {
    for (const delay of [0, 5, 15, 40, 150]) {
      const alice = uniqueRoom("alice");
      const rooms = Array.from({ length: 10 }, (_, n) => uniqueRoom(`room-${n}`));
      const old = token(alice);
      await Promise.all(rooms.map((room) => follow(overWebSocket, `room:${room}`, old)));
      const answer = about<{ closed: number }>("DELETE", alice, "connections", { timeout: 3_000 }).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await service.server.kill();
      const done = await answer;
      await service.server.restart();
      const { status } = await about("GET", "me", "messages", { token: old });
      const isRevoked = status === 401;
      console.log(
        `killed after ${delay} ms: answered ${done?.status ?? "nothing"}, afterwards the old token is ${status}`,
      );
      if (done?.status === 200) expect(isRevoked).toBe(true);
      for (const room of rooms.slice(0, 3)) {
        const read = await service.room("GET", room, "messages", { token: old });
        expect(read.status).toBe(isRevoked ? 401 : 200);
      }
      expect((await about("GET", alice, "connections")).body).toEqual([]);
      // Said again it is done, whatever became of it the first time.
      expect(await logOut(alice)).toBe(0);
      expect((await about("GET", "me", "messages", { token: old })).status).toBe(401);
      const back = await follow(overWebSocket, `room:${rooms[0]}`, token(alice, -1));
      expect((await about<unknown[]>("GET", alice, "connections")).body).toHaveLength(1);
      expect(back.isOpen).toBe(true);
    }
  });

  it("REVOKE-3 outlives the erasure of the user's channel and a kill", async () => {
    const alice = uniqueRoom("alice");
    const old = token(alice);
    await about("POST", alice, "messages", { body: { data: 1 } });
    await logOut(alice);
    await about("DELETE", alice, "");
    await service.server.kill();
    await service.server.restart();
    await until(async () => (await about("GET", "me", "messages", { token: old })).status === 401, { what: "a 401" });
    expect((await about("GET", "me", "messages", { token: token(alice, -1) })).status).toBe(200);
  });
});
