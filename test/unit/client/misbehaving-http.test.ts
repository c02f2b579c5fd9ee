import { describe, expect, test } from "vitest";
import { EventDecoder } from "../../../src/client/event-decoder.ts";
import { welcomeOf } from "../../support/fake-service.ts";
import { nothingUncaught } from "../../support/fake-uncaught.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

nothingUncaught();

type Answer = () => Response | Promise<Response>;

const html =
  (status: number, headers = {}) =>
  () =>
    new Response("<html>Bad Gateway</html>", { status, headers: { "content-type": "text/html", ...headers } });
const problem = (status: number, code: string) => () => new Response(JSON.stringify({ code, status }), { status });
const text = (body: string) => () => new Response(body);
const stream =
  (...chunks: string[]) =>
  () =>
    new Response(chunks.join(""));
const welcome = `event: welcome\ndata: ${JSON.stringify(welcomeOf({}, "fake0epoch0-0")).replace('"type":"welcome",', "")}\n\n`;

/** What `endpoint` answers at first, so many times; everything else is the fake service's. */
function answered(endpoint: string, answers: readonly Answer[]) {
  const world = new SdkWorld();
  let count = 0;
  const ours = world.service.fetch;
  const fetch = ((input: string, init?: RequestInit) => {
    if (!new URL(input).pathname.endsWith(endpoint)) return ours(input, init);
    const answer = answers[count++];
    return answer === undefined ? ours(input, init) : Promise.resolve().then(answer);
  }) as typeof globalThis.fetch;
  return { world, fetch, asked: () => count };
}

const redirectLoop: Answer = () => Promise.reject(new TypeError("redirect count exceeded"));
const tooLong: Answer = () => {
  let sent = 0;
  const chunk = new TextEncoder().encode("data: ".padEnd(1024 * 1024, "x"));
  return new Response(
    new ReadableStream({
      pull: (controller) => (++sent > 100 ? controller.close() : controller.enqueue(chunk)),
    }),
  );
};

const PASSING: readonly [string, Answer][] = [
  ["an HTML 502", html(502)],
  ["an HTML 403, a proxy's", html(403)],
  ["an HTML 404", html(404)],
  ["an HTML 200, a hotel's", html(200)],
  ["a redirect loop", redirectLoop],
  ["nothing", text("")],
  ["null", text("null")],
  ["an array", text("[]")],
  ["503", problem(503, "overloaded")],
  ["429", problem(429, "rate_limited")],
  ["500", problem(500, "internal")],
  ["401, once", problem(401, "unauthenticated")],
  ["a code of later", problem(503, "moved_to_the_moon")],
];

const STREAMS: readonly [string, Answer][] = [
  ["a stream without a newline, 100 MB", tooLong],
  ["a stream without an event", stream(":\n\n", ":\n\n")],
  ["a message before the welcome", stream('data: {"seq":1}\n\n')],
  ["a message that is none", stream(welcome, "data: {\n\n")],
  ["an end that makes no sense", stream(welcome, 'event: end\ndata: {"code":"never"}\n\n')],
  ["an end that is no JSON", stream(welcome, "event: end\ndata: {\n\n")],
  ["no body", () => new Response(null, { status: 200 })],
];

const POLLS: readonly [string, Answer][] = [
  ["a cursor that is none", text('{"messages":[],"cursor":"x","gap":null,"connection":"c"}')],
  ["no messages", text('{"cursor":"fake0epoch0-0","gap":null,"connection":"c"}')],
  ["messages that are none", text('{"messages":[1],"cursor":"fake0epoch0-1","gap":null,"connection":"c"}')],
  ["presence that is none", text('{"messages":[],"cursor":"fake0epoch0-0","presence":{"count":"x"}}')],
];

describe.each([
  ["sse", "/events", [...PASSING, ...STREAMS]],
  ["poll", "/poll", [...PASSING, ...POLLS]],
] as const)("C4 over %s", (transport, endpoint, answers) => {
  test.each(answers)("%s: it comes back", async (_, answer) => {
    const { world, fetch } = answered(endpoint, [answer]);
    const { room, told } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(20_000);
    expect(room.state.name).toBe("connected");
    world.service.publish("bob", "hi");
    await world.clock.advance(2000);
    expect(told.data).toEqual(["hi"]);
    room.leave();
    await world.clock.advance(100);
    expect(world.clock.size).toBe(0);
  });

  test.each([
    [403, "forbidden"],
    [410, "gone"],
    [400, "bad_cursor"],
    [418, "moved_to_the_moon"],
  ])("C2 %i %s of the service itself is final", async (status, code) => {
    const { world, fetch, asked } = answered(endpoint, [problem(status, code)]);
    // Who did not say so is asked for as a member first, and then not.
    const { room } = world.room({ member: false }, { fetch, transports: [transport] });
    await world.clock.advance(60_000);
    expect(room.state).toEqual({ name: "closed", code: 4000 + status, reason: code });
    expect([asked(), world.clock.size]).toEqual([1, 0]);
  });

  test("who may not be a member only watches", async () => {
    const { world, fetch } = answered(endpoint, [problem(403, "forbidden")]);
    const { room, told } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(100);
    expect([room.state.name, told.states]).toEqual(["connected", ["connected"]]);
  });

  const PUBLISH_PASSES: readonly [string, Answer][] = [
    ...PASSING.filter(([what]) => !/HTML 40/.test(what)),
    ["an answer without a receipt", text("{}")],
  ];
  test.each(PUBLISH_PASSES)("C3 %s to a publish: it is sent again", async (_, answer) => {
    const { world, fetch } = answered("/messages", [answer]);
    const { room } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(100);
    const outcomes = [1, 2, 3].map((n) => outcomeOf(room.publish(n)));
    await world.clock.advance(30_000);
    expect(outcomes.map(({ settled, error }) => [settled, error])).toEqual(Array(3).fill([1, undefined]));
    expect(world.service.log.messages.map(({ data }) => data)).toEqual([1, 2, 3]);
  });

  test("C3 what is refused for good rejects alone, in an array too", async () => {
    // The first goes alone, the second and third together, and then each of these.
    const { world, fetch } = answered("/messages", [
      problem(403, "forbidden"),
      problem(409, "id_conflict"),
      problem(409, "id_conflict"),
    ]);
    const { room } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(100);
    const outcomes = [1, 2, 3].map((n) => outcomeOf(room.publish(n)));
    await world.clock.advance(5000);
    expect(outcomes).toMatchObject([
      { error: { code: "forbidden" } },
      { error: { code: "id_conflict" } },
      { value: { seq: 1 } },
    ]);
  });
});

test("a poll that is answered with nothing, at once and always, is no storm", async () => {
  const empty = text('{"messages":[],"cursor":"fake0epoch0-0","gap":null,"connection":"c"}');
  const { world, fetch, asked } = answered("/poll", Array(1000).fill(empty));
  world.room({}, { fetch, transports: ["poll"] });
  await world.clock.advance(20_000);
  expect(asked()).toBeLessThan(25);
});

describe("the decoder of events", () => {
  const ALL = "event: a\ndata: 1\ndata:2\n\n:comment\n\ndata: é\r\n\r\nid: 7\rdata: x\rfoo\r\r\ndata\n\nevent: b\n\n";
  const events = [
    { name: "a", data: "1\n2" },
    { name: "message", data: "é" },
    { name: "message", data: "x" },
    { name: "message", data: "" },
  ];

  test("is the same however the text is cut", () => {
    for (let at = 0; at <= ALL.length; at++) {
      const decoder = new EventDecoder();
      expect([...decoder.decode(ALL.slice(0, at)), ...decoder.decode(ALL.slice(at))]).toEqual(events);
    }
    const decoder = new EventDecoder();
    expect([...ALL].flatMap((character) => decoder.decode(character))).toEqual(events);
  });

  test.each([["x".repeat(5_000_000)], [`${"data: y\n".repeat(9)}data: ${"x".repeat(5_000_000)}`]])(
    "has a bound",
    (endless) => {
      expect(() => new EventDecoder().decode(endless)).toThrow();
    },
  );
});
