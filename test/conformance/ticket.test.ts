import { describe, expect, it } from "vitest";
import { channelUrl, type Query } from "../support/channel-url.ts";
import { knock } from "../support/handshake.ts";
import { call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { cut, expectWholeLog, publishEach } from "../support/readers.ts";
import { apiKey, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { SseClient } from "../support/sse-client.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { seconds } from "../support/tokens.ts";
import { overSseByTicket } from "../support/transports.ts";
import { until } from "../support/until.ts";
import { perUser } from "./settings.ts";

const service = useSharedService();
const refused = { status: 401, code: "unauthenticated" };

const subscribe = (room: string, token = tokenFor("reader"), query: Query = {}) =>
  service.subscribe(overSseByTicket, "reader", room, query, { token });
const ticketOf = (reader: Subscriber) => String(reader.options.query?.ticket);
const get = (room: string, endpoint: string, ticket: string) =>
  call("GET", channelUrl(service.origin(), `room:${room}`, endpoint, { ticket }));

describe.concurrent("a ticket", () => {
  it("TICKET-1 RESUME-2 is good for as many streams as it takes, as its user", async () => {
    const room = uniqueRoom("ticket");
    let reader = await subscribe(room);
    expect(reader.welcome).toMatchObject({ user: "reader", resume: "live" });
    for (let n = 1; n <= 5; n++) {
      await publishEach(service, room, n, n);
      await reader.until(({ messages }) => messages.at(-1)?.seq === n, `message ${n}`);
      reader = await cut(reader);
    }
    await expectWholeLog(service, room, [reader]);
    expect(new Set(reader.chain.map(ticketOf)).size).toBe(1);
  });

  it("TICKET-1 AUTH-1 is good for nothing else", async () => {
    const room = uniqueRoom("ticket");
    const ticket = ticketOf(await subscribe(room));
    expectProblem(await get(`${room}-2`, "events", ticket), { status: 403, code: "forbidden" });
    for (const endpoint of ["poll", "messages", "presence"]) expectProblem(await get(room, endpoint, ticket), refused);
    expectProblem(await get(room, "events", `${ticket}x`), refused);
    const knocked = await knock(channelUrl(service.origin(), `room:${room}`, "connect", { ticket }));
    if (knocked.outcome !== "refused") throw new Error(JSON.stringify(knocked));
    expectProblem(knocked.answer, refused);
    const bearer = { token: ticket };
    expectProblem(await call("GET", channelUrl(service.origin(), `room:${room}`, "events"), bearer), refused);
  });

  it("TICKET-1 TICKET-3 ends with the token it was made with, and its stream too", async () => {
    const room = uniqueRoom("ticket");
    const exp = seconds() + 4;
    const reader = await subscribe(room, tokenFor("reader", { "room:*": ["subscribe"] }, { exp }));
    expect(reader.welcome).toMatchObject({ expires: exp * 1000 });
    expect(await reader.closed).toEqual({ code: 4401, reason: "unauthenticated" });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expectProblem(await get(room, "events", ticketOf(reader)), refused);
  });

  it("TICKET-2 SSE-4 is told of what is temporary by a stream that says when to come back", async () => {
    const room = uniqueRoom("ticket");
    const most = await Promise.all(Array.from({ length: perUser }, () => service.join("reader", room)));
    const made = await call<{ ticket: string }>("POST", `${service.origin()}/v1/tickets`, {
      token: apiKey,
      body: { channel: `room:${room}`, user: "reader" },
    });
    const reader = new SseClient(
      { server: service.origin, channel: `room:${room}`, token: "", query: { ticket: made.body.ticket } },
      [],
    );
    expect(await reader.closed).toEqual({ code: 4429, reason: "rate_limited" });
    expect(reader.events.map(({ type }) => type)).toEqual(["end"]);
    expect(reader.retry).toBeGreaterThanOrEqual(1_000);
    await most[0]?.close();
    await until(() => reader.resume().catch(() => false), { what: "room for one more" });
  });
});
