import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../../support/client.ts";
import type { Frame, History, Published } from "../../support/frames.ts";
import { knock } from "../../support/handshake.ts";
import { call } from "../../support/http.ts";
import { expectProblem } from "../../support/problem.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../../support/service.ts";
import { claimsOf, segment, sign } from "../../support/tokens.ts";
import { until } from "../../support/until.ts";
import { RawSocket } from "./raw-socket.ts";

const everything = ["subscribe", "history", "publish", "signal", "presence"];
const rules = [
  { match: "room:open-closed-*", anonymous: [] },
  { match: "room:open-few-*", anonymous: ["history"], retention: { messages: 3 } },
  { match: "room:open-*", anonymous: everything },
  { match: "room:read-*", anonymous: ["subscribe", "history"] },
  { match: "room:write-*", anonymous: ["publish"] },
  { match: "*", anonymous: [] },
];
const service = useService({
  AUTH_SECRET: authSecret,
  API_KEY: apiKey,
  CHANNEL_RULES: JSON.stringify(rules),
  PRESENCE_GRACE: "1000",
});
const unauthenticated = { status: 401, code: "unauthenticated" };
const open = uniqueRoom("open");
const sockets: RawSocket[] = [];

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await service.canary(open);
});

interface Minted {
  token: string;
  user: string;
  expires: number;
}
const mint = async (): Promise<Minted> => {
  const answer = await call<Minted>("POST", `${service.origin()}/v1/guests`);
  expect(answer.status).toBe(201);
  return answer.body;
};
const at = (room: string, endpoint: string) => channelUrl(service.origin(), `room:${room}`, endpoint);
const read = (room: string, token?: string) => call<History>("GET", at(room, "messages"), { token });
const publish = (room: string, body: unknown, token?: string) =>
  call<Published>("POST", at(room, "messages"), { token, body });
const join = async (room: string, token?: string, query = {}): Promise<RawSocket> => {
  const socket = new RawSocket(service.origin(), `room:${room}`, { ...(token === undefined ? {} : { token }), query });
  sockets.push(socket);
  await socket.welcome();
  return socket;
};

describe("without a token", () => {
  it("GUEST-1 RULES-2 one may do what the rule gives to all, and each time as somebody else", async () => {
    for (let n = 0; n < 2; n++) expect((await publish(open, { data: n })).status).toBe(201);
    expect((await call("POST", at(open, "signals"), { body: { event: "e", data: 1 } })).status).toBe(202);
    expect((await call("GET", at(open, "presence"))).status).toBe(200);
    const [one, two] = [await join(open), await join(open, undefined, { presence: "members" })];
    const users = [...(await read(open)).body.messages, one.frames[0], two.frames[0]].map(
      (named) => named?.user as string,
    );
    expect(new Set(users).size).toBe(4);
    for (const user of users) expect(user).toMatch(/^guest-[A-Za-z0-9-]{16,}$/);
    expect(one.frames[0]).toMatchObject({ expires: null });
    expect(await one.request({ type: "publish", data: 1 })).toMatchObject({ type: "ack" });
    await one.close();
  });

  it("RULES-1 GUEST-3 the first rule that matches counts, and what it does not give is 401", async () => {
    const [closed, few, reading, writing] = ["open-closed", "open-few", "read", "write"].map(uniqueRoom) as [
      ...[string, string, string, string],
    ];
    const asked: [string, number, number][] = [
      [closed, 401, 401],
      [few, 200, 401],
      [reading, 200, 401],
      [writing, 401, 201],
      [uniqueRoom("other"), 401, 401],
      [uniqueRoom("Open"), 401, 401],
    ];
    for (const [room, reads, publishes] of asked) {
      expect([room, (await read(room)).status, (await publish(room, { data: 1 })).status]).toEqual([
        room,
        reads,
        publishes,
      ]);
    }
  });

  it("GUEST-3 what a guest may not do is 401 over HTTP, in the handshake and in a frame, for a known user 403", async () => {
    const reading = uniqueRoom("read");
    const { token } = await mint();
    const bob = tokenFor("bob", {});
    expectProblem(await publish(reading, { data: 1 }), unauthenticated);
    expectProblem(await publish(reading, { data: 1 }, token), unauthenticated);
    expectProblem(await publish(reading, { data: 1 }, bob), { status: 403, code: "forbidden" });
    for (const query of ["member=1", "presence=count", "rewind=1&presence=members"]) {
      const url = `${at(reading, "connect")}?${query}`;
      expect(await knock(url, {})).toMatchObject({ outcome: "refused", answer: { status: 401 } });
      expect(await knock(url, { token })).toMatchObject({ outcome: "refused", answer: { status: 401 } });
      expect(await knock(url, { token: bob })).toMatchObject({ outcome: "refused", answer: { status: 403 } });
      expect(await knock(url, { protocols: ["edgewire.v1"] })).toMatchObject({ closed: { code: 4401 } });
    }
    const [anybody, guest, known] = [await join(reading), await join(reading, token), await join(reading, bob)];
    const frames: Frame[] = [
      { type: "publish", data: 1 },
      { type: "signal", event: "e", data: 1 },
      { type: "members" },
    ];
    for (const frame of [...frames, { type: "presence", data: 1 }]) {
      expect(await anybody.request(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
      expect(await guest.request(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
      expect(await known.request(frame)).toMatchObject({ type: "error", code: "forbidden" });
    }
    for (const socket of [anybody, guest, known])
      expect(await socket.request({ type: "history" })).toMatchObject({ type: "ack" });
  });

  it("RULES-2 a token that grants less does not take away what anybody has; a bad one does", async () => {
    expect((await publish(open, { data: 1 }, tokenFor("bob", {}))).status).toBe(201);
    expectProblem(await publish(open, { data: 1 }, "x.y.z"), unauthenticated);
    expectProblem(
      await publish(open, { data: 1 }, sign({ claims: claimsOf("bob", {}, { exp: 1 }), secret: authSecret })),
      unauthenticated,
    );
  });

  it("GUEST-1 AUTH-7 a guest acts for nobody else", async () => {
    const answer = await publish(open, { data: 1, user: "bob" });
    expect([401, 403]).toContain(answer.status);
    expect(await knock(`${at(open, "connect")}?user=bob`, {})).toMatchObject({ outcome: "refused" });
  });
});

describe("with a guest's token", () => {
  it("GUEST-2 one is 201, lasts a day, and is of nobody else", async () => {
    const began = Date.now();
    const [one, two] = [await mint(), await mint()];
    expect(one.user).not.toBe(two.user);
    expect(one.expires).toBeGreaterThan(began + 23.9 * 3_600_000);
    expect(one.expires).toBeLessThanOrEqual(Date.now() + 24 * 3_600_000);
    const socket = await join(open, one.token);
    expect(socket.frames[0]).toMatchObject({ user: one.user, expires: one.expires });
  });

  it("GUEST-2 MSG-5 a retry is known by it, over both transports and from another connection", async () => {
    const { token, user } = await mint();
    const first = await publish(open, { id: "once", data: "guest" }, token);
    expect(first).toMatchObject({ status: 201 });
    expect(await publish(open, { id: "once", data: "guest" }, token)).toMatchObject({
      status: 200,
      body: { duplicate: true },
    });
    const socket = await join(open, token);
    const { seq } = first.body;
    expect(await socket.request({ type: "publish", id: "once", data: "guest" })).toMatchObject({
      seq,
      duplicate: true,
    });
    expect(await publish(open, { id: "once", data: "guest" }, (await mint()).token)).toMatchObject({ status: 201 });
    const stored = (await read(open)).body.messages.filter(({ data }) => data === "guest");
    expect(stored.filter((message) => message.user === user)).toHaveLength(1);
  });

  it("GUEST-2 PRESENCE-6 the same member comes back within the grace and never left; a nameless one is another", async () => {
    const room = uniqueRoom("open");
    const watcher = await join(room, apiKey, { presence: "members" });
    const { token, user } = await mint();
    const [lasting, nameless] = [await join(room, token), await join(room)];
    for (const socket of [lasting, nameless]) socket.terminate();
    const back = [await join(room, token), await join(room)];
    const named = (change: "joined" | "left") =>
      watcher
        .framesOf("presence")
        .flatMap((frame) => ((frame[change] ?? []) as { user: string }[]).map((each) => each.user));
    const [first, second] = [nameless.frames[0]?.user, back[1]?.frames[0]?.user];
    // Who broke off at the same moment, and did not come back under that name, shows that the grace is over.
    await until(() => named("left").length > 0, { what: "the end of the grace" });
    expect(named("joined")).toEqual([user, first, second]);
    expect(named("left")).toEqual([first]);
    expect(back.every(({ isOpen }) => isOpen)).toBe(true);
  });

  it("GUEST-2 AUTH-9 it is renewed in a frame by itself alone", async () => {
    const { token } = await mint();
    const socket = await join(open, token);
    expect(await socket.request({ type: "auth", token })).toMatchObject({ type: "ack", expires: expect.any(Number) });
    for (const other of [(await mint()).token, tokenFor("bob"), apiKey])
      expect(await socket.request({ type: "auth", token: other })).toMatchObject({
        type: "error",
        code: "unauthenticated",
      });
  });

  it("GUEST-2 AUTH-3 it cannot be made by hand, nor made into another", async () => {
    const { token, user } = await mint();
    const [header, , signature] = token.split(".") as [string, string, string];
    const claims = { sub: user, exp: Math.floor(Date.now() / 1000) + 3600, capabilities: { "*": ["*"] } };
    const forged = [
      `${header}.${segment(claims)}.${signature}`,
      sign({ header: { alg: "HS256", typ: "edgewire-guest" }, claims, secret: authSecret }),
      sign({ header: { alg: "HS256", typ: "edgewire-guest" }, claims: { ...claims, sub: "bob" }, secret: apiKey }),
      sign({ header: { alg: "HS256" }, claims, secret: authSecret }),
      `${segment({ alg: "none", typ: "edgewire-guest" })}.${segment(claims)}.`,
    ];
    for (const text of forged) expectProblem(await read(open, text), unauthenticated);
  });
});

it("RULES-3 retention is the rule's: of a room that keeps 3 messages the last 3 are left", async () => {
  const room = uniqueRoom("open-few");
  await service.fill(room, 10);
  const page = (await read(room)).body;
  expect(page.messages.map(({ seq }) => seq)).toEqual([8, 9, 10]);
  expect(page.oldest).toMatch(/-8$/);
  const usual = uniqueRoom("open");
  await service.fill(usual, 10);
  expect((await read(usual)).body.messages).toHaveLength(10);
});
