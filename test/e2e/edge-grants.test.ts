import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { type Client, channelUrl, type Query } from "../support/client.ts";
import type { Frame } from "../support/frames.ts";
import { knock } from "../support/handshake.ts";
import { type Answer, call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { apiKey, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { until } from "../support/until.ts";

const service = useSharedService();
const room = uniqueRoom("grants");
const operations = ["subscribe", "history", "publish", "signal", "presence"] as const;
type Operation = (typeof operations)[number];
const forbidden = { status: 403, code: "forbidden" };

afterAll(() => service.canary(room));

/** The status of a connect: 101 when it is let in. */
async function connectStatus(token: string, query: Query): Promise<Answer | 101> {
  const result = await knock(channelUrl(service.origin(), `room:${room}`, "connect", query), { token });
  if (result.outcome === "refused") return result.answer;
  expect(result.outcome).toBe("welcome");
  return 101;
}
const http = (method: string, endpoint: string, body?: unknown) => (token: string) =>
  service.room(method, room, endpoint, { token, ...(body === undefined ? {} : { body }) });
const dial = (query: Query) => (token: string) => connectStatus(token, query);

/** The answer to a stream, of which only the beginning is read. */
const stream = (query: Query) => async (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(channelUrl(service.origin(), `room:${room}`, "events", query), { headers });
  if (answer.status !== 200)
    return http("GET", `events?${new URLSearchParams(query as Record<string, string>)}`)(token);
  await answer.body?.cancel();
  return { status: answer.status, headers: answer.headers, text: "", body: {} };
};
const poll = (query: Query) => (token: string) => service.room("GET", room, "poll", { token, query });

const requests: [string, Operation[], (token: string) => Promise<Answer | 101>][] = [
  ["GET messages", ["history"], http("GET", "messages")],
  ["HEAD messages", ["history"], http("HEAD", "messages")],
  ["POST messages", ["publish"], http("POST", "messages", { data: 1 })],
  ["POST messages with an array", ["publish"], http("POST", "messages", [{ data: 1 }])],
  ["POST signals", ["signal"], http("POST", "signals", { event: "e", data: 1 })],
  ["GET presence", ["presence"], http("GET", "presence")],
  ["connect", ["subscribe"], dial({})],
  ["connect with after", ["subscribe"], dial({ after: "k3f9x2ab-0" })],
  ["connect with rewind", ["subscribe", "history"], dial({ rewind: 1 })],
  ["connect with member=1", ["subscribe", "presence"], dial({ member: 1 })],
  ["connect with presence=count", ["subscribe", "presence"], dial({ presence: "count" })],
  ["connect with presence=members", ["subscribe", "presence"], dial({ presence: "members" })],
  ["connect with member=0", ["subscribe"], dial({ member: 0 })],
  ["events", ["subscribe"], stream({})],
  ["events with after", ["subscribe"], stream({ after: "k3f9x2ab-0" })],
  ["events with rewind", ["subscribe", "history"], stream({ rewind: 1 })],
  ["events with member=1", ["subscribe", "presence"], stream({ member: 1 })],
  ["events with presence=members", ["subscribe", "presence"], stream({ presence: "members" })],
  ["poll", ["subscribe"], poll({})],
  ["poll with after", ["subscribe"], poll({ after: "k3f9x2ab-0" })],
  ["poll with member=1", ["subscribe", "presence"], poll({ member: 1 })],
  ["poll with presence=count", ["subscribe", "presence"], poll({ presence: "count" })],
  [
    "POST tickets",
    ["subscribe"],
    (token) => call("POST", `${service.origin()}/v1/tickets`, { token, body: { channel: `room:${room}` } }),
  ],
];

const isLetIn = (answer: Answer | 101) => answer === 101 || answer.status < 300;

describe.each(requests)("%s", (name, needed, ask) => {
  // Another for each: a stream that was left counts until that is noticed, and a user may have twenty connections.
  const user = uniqueRoom("alice");

  it(`AUTH-5 is allowed with ${needed.join(" and ")}, with admin and with *`, async () => {
    for (const granted of [[...needed], ["admin"], ["*"], [...operations]]) {
      const answer = await ask(tokenFor(user, { [`room:${room}`]: granted }));
      expect(isLetIn(answer), `${granted}: ${JSON.stringify(answer)}`).toBe(true);
    }
  });

  it("AUTH-6 is 403 with everything else", async () => {
    for (const missing of needed) {
      const rest = operations.filter((operation) => operation !== missing);
      const answer = await ask(tokenFor(user, { [`room:${room}`]: rest }));
      if (answer === 101) throw new Error(`let in without ${missing}`);
      if (name.startsWith("HEAD")) expect(answer.status).toBe(403);
      else expectProblem(answer, forbidden);
      expect(answer.headers.get("www-authenticate")).toBeNull();
    }
  });
});

describe("patterns", () => {
  const read = (capabilities: Record<string, string[]>, id = room) =>
    service.room("GET", id, "messages", { token: tokenFor("alice", capabilities) });

  it.each([[`room:${room}`], ["room:grants-*"], ["room:*"], ["room:g*"], ["*"], [`room:${room}*`]])(
    "AUTH-5 %s covers the room",
    async (pattern) => {
      expect((await read({ [pattern]: ["history"] })).status).toBe(200);
    },
  );

  it.each([
    ["room:grants"],
    ["room:Grants-*"],
    ["room:other-*"],
    ["user:*"],
    [`user:${room}`],
    [room],
    ["room:"],
    [""],
  ])("AUTH-5 %s does not", async (pattern) => {
    expectProblem(await read({ [pattern]: ["*"] }), forbidden);
  });

  it("AUTH-5 of several all count", async () => {
    const token = { "room:other-*": ["publish"], [`room:${room}`]: ["publish"], "room:grants-*": ["history"] };
    expect((await read(token)).status).toBe(200);
  });

  it("AUTH-5 give nothing when they are malformed", async () => {
    // Whether such a token is bad (401) or only grants nothing (403) is open.
    const token = tokenFor("alice", { "room:*": "*" } as unknown as Record<string, string[]>);
    expect([401, 403]).toContain((await service.room("GET", room, "messages", { token })).status);
  });

  it("AUTH-5 give nothing when there are none", async () => {
    expectProblem(await read({}), forbidden);
  });
});

describe("a denied request", () => {
  it("AUTH-6 looks the same for a room that is used and one that never was", async () => {
    const token = tokenFor("alice", {});
    const answers = [await service.room("GET", room, "messages", { token })];
    answers.push(await service.room("GET", uniqueRoom("never"), "messages", { token }));
    expect(answers[0]?.text).toBe(answers[1]?.text);
  });
});

describe("the API key", () => {
  it("AUTH-7 acts for the user of ?user=, a token only for its own", async () => {
    const url = (user: string) => channelUrl(service.origin(), `room:${room}`, "connect", { user });
    const welcome = await knock(url("bob"), { token: apiKey });
    expect(welcome).toMatchObject({ outcome: "welcome", text: expect.stringContaining('"user":"bob"') });
    expect((await knock(url("alice"), { token: tokenFor("alice") })).outcome).toBe("welcome");
    const other = await knock(url("bob"), { token: tokenFor("alice") });
    if (other.outcome !== "refused") throw new Error(JSON.stringify(other));
    expectProblem(other.answer, forbidden);
  });

  it("AUTH-7 is the user server by itself", async () => {
    const client = await service.join("unused", room, {}, { token: apiKey });
    expect(client.welcome).toMatchObject({ user: "server", expires: null });
  });
});

describe("frames", () => {
  const frames: [Operation, Frame][] = [
    ["publish", { type: "publish", data: 1 }],
    ["signal", { type: "signal", event: "e", data: 1 }],
    ["history", { type: "history" }],
    ["presence", { type: "members" }],
    ["presence", { type: "presence", data: 1 }],
  ];
  const joinWith = (granted: readonly string[]): Promise<Client> =>
    service.join("alice", room, {}, { token: tokenFor("alice", { [`room:${room}`]: [...granted] }) });

  it.each(frames)("AUTH-5 need %s for %j", async (operation, frame) => {
    const allowed = await joinWith(["subscribe", operation]);
    expect(await allowed.request(frame)).toMatchObject({ type: "ack" });
    const denied = await joinWith(operations.filter((each) => each !== operation));
    expect(await denied.request(frame)).toMatchObject({ type: "error", ref: "r1", code: "forbidden" });
    expect(denied.isOpen).toBe(true);
  });

  it("AUTH-9 change what is allowed with auth, at once", async () => {
    const client = await joinWith(["subscribe"]);
    expect(await client.request({ type: "publish", data: 1 })).toMatchObject({ code: "forbidden" });
    const token = tokenFor("alice", { "room:*": ["subscribe", "publish"] });
    const ack = await client.request({ type: "auth", token });
    expect(ack).toEqual({ type: "ack", ref: "r2", expires: expect.any(Number) });
    expect(await client.request({ type: "publish", data: 1 })).toMatchObject({ type: "ack" });
  });

  it.each<[string, () => string]>([
    ["of another user", () => tokenFor("bob")],
    ["that is none", () => "x.y.z"],
  ])("AUTH-9 refuse auth with a token %s", async (_what, token) => {
    const client = await joinWith(["subscribe", "publish"]);
    expect(await client.request({ type: "auth", token: token() })).toMatchObject({ type: "error", ref: "r1" });
    expect(client.welcome.user).toBe("alice");
  });
});

describe.concurrent("an expired token", () => {
  const short = () => {
    const exp = Math.floor(Date.now() / 1000) + 3;
    return { exp, token: tokenFor("alice", { "room:*": ["*"] }, { exp }) };
  };

  it("AUTH-9 ends an idle connection with 4401 within 5 s, and not before", async () => {
    const { exp, token } = short();
    const client = await service.join("alice", uniqueRoom("expiry"), {}, { token });
    expect(client.welcome.expires).toBe(exp * 1000);
    // workerd ends the TCP connection of a client that never sent a frame ten seconds late.
    await client.request({ type: "members", limit: 0 });
    await until(() => !client.isOpen, { what: "the close", timeout: 15_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expect(Date.now()).toBeLessThan(exp * 1000 + 5_500);
    expect(await client.closed).toEqual({ code: 4401, reason: "unauthenticated" });
  });

  it("AUTH-9 ends a busy connection, and nothing is taken or delivered after", async () => {
    const { exp, token } = short();
    const client = await service.join("alice", uniqueRoom("busy"), {}, { token });
    const latest = { acknowledged: 0 };
    while (client.isOpen) {
      const answer = await client.request({ type: "signal", event: "e", data: 1 }).catch(() => undefined);
      if (answer?.type === "ack") latest.acknowledged = Date.now();
      await pause(50);
    }
    expect(latest.acknowledged).toBeLessThan(exp * 1000 + 5_500);
    expect(await client.closed).toEqual({ code: 4401, reason: "unauthenticated" });
  });

  it("AUTH-9 does not end it when a fresh one came in time", async () => {
    const { token } = short();
    const room = uniqueRoom("renewed");
    const renewed = await service.join("alice", room, {}, { token });
    const expiring = await service.join("alice", room, {}, { token });
    expect(await renewed.request({ type: "auth", token: tokenFor("alice") })).toMatchObject({ type: "ack" });
    await until(() => !expiring.isOpen, { what: "the other to close", timeout: 15_000 });
    expect(await renewed.request({ type: "publish", data: 1 })).toMatchObject({ type: "ack" });
  });
});
