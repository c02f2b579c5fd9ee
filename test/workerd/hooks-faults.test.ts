import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HookMessage, type Hooks, hooks } from "../../src/hooks.ts";
import { type Client, connect, handshake } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // a line for each hook that failed
});
afterEach(() => {
  vi.restoreAllMocks();
  delete hooks.beforePublish;
  delete hooks.onConnect;
});

type Answer = (message: HookMessage) => unknown;

const itself: Record<string, unknown> = {};
itself.itself = itself;

/** What an application, perhaps in JavaScript, may answer by mistake instead of a message. */
const answers: [string, Answer][] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["false", () => false],
  ["a text", () => "ok"],
  ["a list", (message) => [message]],
  ["no event", ({ data }) => ({ data })],
  ["no data", ({ event }) => ({ event })],
  ["a number as event", ({ data }) => ({ event: 7, data })],
  ["null as event", ({ data }) => ({ event: null, data })],
  ["an event with a space", ({ data }) => ({ event: "a b", data })],
  ["an event of the service's own", ({ data }) => ({ event: "edgewire.x", data })],
  ["a refusal without a sentence", () => ({ refuse: true })],
  ["a function as data", ({ event }) => ({ event, data: () => 1 })],
  ["a symbol as data", ({ event }) => ({ event, data: Symbol("x") })],
  ["a bigint in data", ({ event }) => ({ event, data: { n: 1n } })],
  ["data in a circle", ({ event }) => ({ event, data: itself })],
  ["data that cannot be serialised", ({ event }) => ({ event, data: { toJSON: () => fail("no JSON of it") } })],
  ["data that is nothing, serialised", ({ event }) => ({ event, data: { toJSON: () => undefined } })],
  [
    "a message whose data throws",
    ({ event }) => ({
      event,
      get data() {
        return fail("no data");
      },
    }),
  ],
];

function fail(what: unknown): never {
  throw what;
}

/** What it may throw. */
const faults: [string, () => unknown][] = [
  ["an error", () => new Error("made by a test")],
  ["a text", () => "made by a test"],
  ["nothing", () => undefined],
  ["null", () => null],
  ["a symbol", () => Symbol("made by a test")],
  ["an object without a prototype", () => Object.create(null)],
  ["an object that cannot be printed", () => ({ toString: () => fail("made by a test") })],
];

const cases: [string, Hooks["beforePublish"]][] = [
  ...answers.flatMap(([what, answer]): [string, Hooks["beforePublish"]][] => [
    [`answers ${what}`, (message) => answer(message) as HookMessage],
    [`answers ${what}, late`, async (message) => answer(message) as HookMessage],
  ]),
  ...faults.flatMap(([what, fault]): [string, Hooks["beforePublish"]][] => [
    [`throws ${what}`, () => fail(fault())],
    [`throws ${what}, late`, async () => fail(fault())],
  ]),
];

const say = (data: string) => ({ type: "publish", event: "say", data });

/** Answers or the close, whichever comes. */
const outcome = (client: Client, answer: Promise<unknown>) =>
  Promise.race([answer, client.ended().catch(() => undefined)]);

test.each(cases)(
  "HOOK-3: a hook that %s is internal for the one who asked, and for nobody else",
  async (_what, hook) => {
    // Of carol's messages only: the others' must go through all the while.
    hooks.beforePublish = (message, who) => (who.user === "carol" && hook !== undefined ? hook(message, who) : message);
    const room = new Room("faults");
    const [carol, bob] = [await connect(room, { user: "carol" }), await connect(room, { user: "bob" })];
    expect(await outcome(carol, carol.request(say("x")))).toMatchObject({ type: "error", code: "internal" });
    const answer = await room.publish({ data: 1, user: "carol" });
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(await outcome(bob, bob.request(say("canary")))).toMatchObject({ type: "ack", seq: 1 });
    expect(await outcome(carol, carol.request({ type: "members" }))).toMatchObject({ type: "ack" });
    expect([carol.closed, bob.closed]).toEqual([null, null]);
    for (const text of [...carol.texts, JSON.stringify(answer.body)])
      expect(text).not.toMatch(/made by a test|\.ts:\d/);
  },
);

test("HOOK-3 HOOK-2: a hook that never answers ends after its time, for its own message only", async () => {
  hooks.beforePublish = (message, { user }) => (user === "carol" ? new Promise<HookMessage>(() => {}) : message);
  const room = new Room("never");
  const [carol, bob] = [await connect(room, { user: "carol" }), await connect(room, { user: "bob" })];
  await holdingTimers(async (timers) => {
    const asked = [carol.request(say("1")), carol.request(say("2"))];
    while (timers.waiting === 0) await room.wake();
    expect(await bob.request({ type: "members", limit: 0 })).toMatchObject({ type: "ack" });
    expect(carol.answers()).toEqual([]);
    for (const [index, answer] of asked.entries()) {
      await timers.fire(room);
      expect(await answer).toMatchObject({ code: "internal" });
      expect(carol.answers()).toHaveLength(index + 1);
    }
  });
  expect(await bob.request(say("canary"))).toMatchObject({ type: "ack", seq: 1 });
});

test.each<[string, number, Hooks["onConnect"]]>([
  ["answers null", 503, () => null as never],
  ["answers true", 503, () => true as never],
  ["refuses without a sentence", 503, () => ({}) as never],
  ["throws an object without a prototype", 503, () => fail(Object.create(null))],
  ["throws it late", 503, async () => fail(Object.create(null))],
])("HOOK-4: an onConnect that %s is %i, with a whole problem", async (_what, status, onConnect) => {
  if (onConnect !== undefined) hooks.onConnect = onConnect;
  const answer = await handshake(new Room("faults"), { user: "bob" });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({
    ...{ type: expect.any(String), title: expect.any(String), status, code: "overloaded" },
    ...{ detail: expect.stringMatching(/./), retryable: true },
  });
});

test("HOOK-4: an onConnect that never answers is 503 after its time, and nobody else waits for it", async () => {
  hooks.onConnect = ({ user }) => (user === "carol" ? new Promise<undefined>(() => {}) : undefined);
  const room = new Room("never");
  await connect(room, { user: "ann" });
  await holdingTimers(async (timers) => {
    const waiting = handshake(room, { user: "carol" });
    while (timers.waiting === 0) await room.wake();
    expect((await handshake(room, { user: "bob" })).status).toBe(101);
    await timers.fireAll(room);
    const answer = await waiting;
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

test("HOOK-4 CONNECT-2: a browser that onConnect refuses is closed 4403, and learns nothing of the room", async () => {
  hooks.onConnect = () => ({ refuse: "Members only." });
  const headers = { "sec-websocket-protocol": "edgewire.v1" };
  const { webSocket } = await handshake(new Room("refused"), { user: "bob", headers });
  const seen: unknown[] = [];
  const closed = new Promise<CloseEvent>((resolve) => webSocket?.addEventListener("close", resolve));
  webSocket?.addEventListener("message", ({ data }) => {
    seen.push(data);
  });
  webSocket?.accept();
  expect(await closed).toMatchObject({ code: 4403, reason: "forbidden" });
  expect(seen).toEqual([]);
});
