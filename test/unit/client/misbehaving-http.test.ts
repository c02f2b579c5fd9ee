import { describe, expect, test } from "vitest";
import { EventDecoder } from "../../../src/client/event-decoder.ts";
import { type AnswerCase, answered, problem, sdk } from "../../hostile/sdk.ts";
import { nothingUncaught } from "../../support/fake-uncaught.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

nothingUncaught();

/** What `endpoint` answers at first, so many times; everything else is the fake service's. */
function worldWhere(endpoint: string, answers: readonly AnswerCase["answer"][]) {
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

describe.each([
  ["sse", "/events", [...sdk.answers, ...sdk.streams]],
  ["poll", "/poll", [...sdk.answers, ...sdk.polls]],
] as const)("C4 over %s", (transport, endpoint, answers) => {
  test.each(answers)("$what: it comes back", async ({ answer }) => {
    const { world, fetch } = worldWhere(endpoint, [answer]);
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
    const { world, fetch, asked } = worldWhere(endpoint, [problem(status, code)]);
    // Who did not say so is asked for as a member first, and then not.
    const { room } = world.room({ member: false }, { fetch, transports: [transport] });
    await world.clock.advance(60_000);
    expect(room.state).toEqual({ name: "closed", code: 4000 + status, reason: code });
    expect([asked(), world.clock.size]).toEqual([1, 0]);
  });

  test("who may not be a member only watches", async () => {
    const { world, fetch } = worldWhere(endpoint, [problem(403, "forbidden")]);
    const { room, told } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(100);
    expect([room.state.name, told.states]).toEqual(["connected", ["connected"]]);
  });

  const toPublishes: readonly AnswerCase[] = [
    ...sdk.answers.filter(({ what }) => !/HTML 40|code is none/.test(what)),
    { what: "an answer without a receipt", answer: answered("{}") },
  ];
  test.each(toPublishes)("C3 $what to a publish: it is sent again", async ({ answer }) => {
    const { world, fetch } = worldWhere("/messages", [answer]);
    const { room } = world.room({}, { fetch, transports: [transport] });
    await world.clock.advance(100);
    const outcomes = [1, 2, 3].map((n) => outcomeOf(room.publish(n)));
    await world.clock.advance(30_000);
    expect(outcomes.map(({ settled, error }) => [settled, error])).toEqual(Array(3).fill([1, undefined]));
    expect(world.service.log.messages.map(({ data }) => data)).toEqual([1, 2, 3]);
  });

  test("C3 what is refused for good rejects alone, in an array too", async () => {
    // The first goes alone, the second and third together, and then each of these.
    const { world, fetch } = worldWhere("/messages", [
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
  const empty = answered('{"messages":[],"cursor":"fake0epoch0-0","gap":null,"connection":"c"}');
  const { world, fetch, asked } = worldWhere("/poll", Array(1000).fill(empty));
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
