import { describe, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { Room } from "./support/room.ts";
import { tokenFor, useSettings } from "./support/service.ts";
import { openStream, readStream, requestStream, type Stream } from "./support/stream.ts";
import { ticketFor } from "./support/ticket.ts";
import { until } from "./support/until.ts";

useSettings({ CONNECTIONS: 25, DENIED_PER_MINUTE: 20 });

const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
const openMany = (room: Room, count: number, user: (index: number) => string): Promise<Stream[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => openStream(room, { user: user(index) })));
const ticketTo = async (room: Room, user: string) =>
  (await ticketFor({ for: `room:${room.id}`, token: await tokenFor(user) })).ticket;

/** The refusal of a stream, as it is told to who has a token. */
async function expectRefused(answer: Response, status: number, code: string): Promise<void> {
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await answer.json()).toMatchObject({ code, retryable: true });
}
/** The same, as it is told to an EventSource. */
async function expectEnd(
  answer: Response,
  code: number,
  reason: string,
  least: number,
  most = least + 4000,
): Promise<void> {
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const stream = readStream(answer);
  expect(await stream.ended()).toEqual({ code, reason });
  expect(stream.blocks).toHaveLength(2);
  expect(stream.blocks[0]?.retry).toBeGreaterThanOrEqual(least);
  expect(stream.blocks[0]?.retry).toBeLessThanOrEqual(most);
}

describe("CONNECT-5 a user's 21st", () => {
  test("stream is 429, with a ticket 200 with retry and end, until one goes", async () => {
    const room = new Room("full");
    const streams = await openMany(room, 20, () => "bob");
    const ticket = await ticketTo(room, "bob");
    const both = async () => {
      await expectRefused(await requestStream(room, { user: "bob" }), 429, "rate_limited");
      await expectEnd(await requestStream(room, { ticket }), 4429, "rate_limited", 5000);
    };
    await both();
    await room.hibernate();
    await both();
    await openStream(room, { user: "ann" });
    await streams[7]?.cancel();
    await until(async () => (await sockets(room)) === 20, "one to go");
    await openStream(room, { ticket });
    await both();
  });

  test("connection is, whatever the others are", async () => {
    const room = new Room("mixed");
    await openMany(room, 10, () => "bob");
    for (let n = 0; n < 10; n++) await connect(room, { user: "bob" });
    expect((await room.call("GET", "poll", { query: { user: "bob" } })).body.code).toBe("rate_limited");
    await expectRefused(await requestStream(room, { user: "bob" }), 429, "rate_limited");
  });
});

test("CONNECT-5 TICKET-2 a full channel is 503, with a ticket 200 with retry and end", async () => {
  const room = new Room("crowd");
  await openMany(room, 25, (index) => `user-${index}`);
  await expectRefused(await requestStream(room, { user: "late" }), 503, "overloaded");
  await expectEnd(await requestStream(room, { ticket: await ticketTo(room, "late") }), 4503, "overloaded", 5000);
  const poll = await room.call("GET", "poll", { query: { user: "late" } });
  expect([poll.status, poll.body.code]).toEqual([503, "overloaded"]);
});

test("TICKET-2 HTTP-5 an object that fails is 503, with a ticket 200 with retry and end", async () => {
  const room = new Room("fails");
  await room.publish({ data: 1 });
  const ticket = await ticketTo(room, "bob");
  const query = { member: 1 };
  await breakTable(room, "members");
  await expectRefused(await requestStream(room, { user: "bob", query }), 503, "overloaded");
  await expectEnd(await requestStream(room, { ticket, query }), 4503, "overloaded", 1000);
  await mendTable(room);
  await openStream(room, { ticket, query });
});

test("TICKET-2 DENIED-1 an address that was denied too often is told when to come back", async () => {
  const room = new Room("denied");
  const ticket = await ticketTo(room, "bob");
  const headers = { "cf-connecting-ip": "192.0.2.1" };
  const ask = (given: string) => requestStream(room, { ticket: given, headers });
  const statuses: number[] = [];
  for (let n = 0; n < 20; n++) {
    const answer = await ask("x.y.z");
    statuses.push(answer.status);
    await answer.body?.cancel();
  }
  expect(statuses).toEqual(Array(20).fill(401));
  // At 20 a minute one more is let in after at most 3 s; the jitter is 4 s.
  await expectEnd(await ask("x.y.z"), 4429, "rate_limited", 1000, 7000);
  await expectEnd(await ask(ticket), 4429, "rate_limited", 1000, 7000);
});

test.each<[string, Record<string, string | number>, Record<string, string>, number, string]>([
  ["a bad cursor", { after: "5" }, {}, 400, "bad_cursor"],
  ["a bad Last-Event-ID", {}, { "last-event-id": "5" }, 400, "bad_cursor"],
  ["a bad option", { named: 2 }, {}, 400, "bad_request"],
  ["another user", { user: "ann" }, {}, 403, "forbidden"],
])("TICKET-2 what is final is an HTTP error: %s", async (_what, query, headers, status, code) => {
  const room = new Room("final");
  const answer = await requestStream(room, { ticket: await ticketTo(room, "bob"), query, headers });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
  expect(await answer.json()).toMatchObject({ code, retryable: false });
});
