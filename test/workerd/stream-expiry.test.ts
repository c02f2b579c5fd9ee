import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { playAlarms, setClock, standStill, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";
import { openStream, requestStream } from "./support/stream.ts";
import { ticketFor } from "./support/ticket.ts";
import { until } from "./support/until.ts";

const SECOND = 1000;
const END = { code: 4401, reason: "unauthenticated" };
let start = 0;

beforeEach(() => {
  start = standStill();
});
afterEach(useRealClock);

/** A token that ends so many seconds after the start. */
const tokenUntil = (seconds: number) => tokenFor("alice", { exp: start / SECOND + seconds });
const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);

describe.each([
  ["awake", false],
  ["hibernating", true],
])("an object that is %s", (_state, hibernating) => {
  test.each([1, 62, 299])("AUTH-9 ends a stream within 5 s of the end of a token of %i s", async (seconds) => {
    const room = new Room("expiry");
    const alice = await openStream(room, { token: await tokenUntil(seconds) });
    const end = start + seconds * SECOND;
    expect(alice.welcome.expires).toBe(end);
    await playAlarms(room, end - 1, { hibernating });
    await room.publish({ data: 1 });
    await alice.until(() => alice.seqs.length === 1, "the last message");
    await playAlarms(room, end + 5 * SECOND, { hibernating });
    expect(await alice.ended()).toEqual(END);
    expect(await sockets(room)).toBe(0);
  });

  test("TICKET-3 a stream ends with its ticket, and the ticket opens no other", async () => {
    const room = new Room("ticket-end");
    const { ticket, expires } = await ticketFor({ for: `room:${room.id}`, token: await tokenUntil(40) });
    expect(expires).toBe(start + 40 * SECOND);
    const alice = await openStream(room, { ticket });
    expect(alice.welcome.expires).toBe(expires);
    await playAlarms(room, expires - 1, { hibernating });
    expect(alice.isOver).toBe(false);
    await (await requestStream(room, { ticket })).body?.cancel();
    await playAlarms(room, expires + 5 * SECOND, { hibernating });
    expect(await alice.ended()).toEqual(END);
    expect((await requestStream(room, { ticket })).status).toBe(401);
  });

  test("POLL-4 AUTH-9 a poll that waits is 401 within 5 s of the end of its token", async () => {
    const room = new Room("poll-end");
    await room.publish({ data: 1 });
    const after = (await room.call("GET", "messages")).body.cursor;
    const answer = room.call("GET", "poll", { token: await tokenUntil(30), query: { after, timeout: 60 } });
    await until(async () => (await sockets(room)) === 1, "the poll");
    await playAlarms(room, start + 35 * SECOND, { hibernating });
    const { status, headers, body } = await answer;
    expect([status, body.code, headers.get("www-authenticate")]).toEqual([401, "unauthenticated", "Bearer"]);
    expect(body.detail).toBe("Send a valid token: Authorization: Bearer <token>.");
  });
});

test("TICKET-1 TICKET-3 a ticket of the API key is good for an hour, and so is its stream", async () => {
  const room = new Room("ticket-hour");
  const { ticket, expires } = await ticketFor({ for: { channel: `room:${room.id}`, user: "alice" } });
  expect(expires).toBe(start + 3600 * SECOND);
  setClock(start + 3599 * SECOND);
  const alice = await openStream(room, { ticket });
  expect(alice.welcome).toMatchObject({ user: "alice", expires });
  await playAlarms(room, expires + 5 * SECOND);
  expect(await alice.ended()).toEqual(END);
});

test("AUTH-9 nothing is told to a stream after the end of its token, alarm or not", async () => {
  const room = new Room("no-longer");
  const alice = await openStream(room, { token: await tokenUntil(60), query: { presence: "members" } });
  setClock(start + 60 * SECOND);
  expect((await room.publish({ data: "secret" })).status).toBe(201);
  expect(await alice.ended()).toEqual(END);
  expect(alice.events.map(({ name }) => name)).toEqual(["welcome", "end"]);
});
