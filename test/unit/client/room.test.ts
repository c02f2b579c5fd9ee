import { describe, expect, expectTypeOf, test } from "vitest";
import { Edgewire, type Events, type Json, type Room } from "../../../src/client/index.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

test("a handler that throws keeps nobody from anything", async () => {
  const world = new SdkWorld();
  const { room, told } = world.room();
  const reported: unknown[] = [];
  const { error } = console;
  console.error = (what: unknown) => void reported.push(what);
  try {
    const undo = room.on("message", () => {
      throw new Error("the application's own");
    });
    room.on("message", () => undo());
    await world.clock.advance(100);
    for (const n of [1, 2]) world.service.publish("bob", n);
    await world.clock.advance(100);
  } finally {
    console.error = error;
  }
  expect(told.data).toEqual([1, 2]);
  expect(reported).toEqual([new Error("the application's own")]);
});

describe("publishing", () => {
  test("C3 a publish that is aborted settles with the reason, and those behind it go on", async () => {
    const world = new SdkWorld();
    const { room, told } = world.room();
    const abort = new AbortController();
    const aborted = outcomeOf(room.publish(1, { signal: abort.signal }));
    const other = outcomeOf(room.publish(2));
    abort.abort("enough");
    await world.clock.advance(1000);
    expect(aborted).toMatchObject({ settled: 1, error: "enough" });
    expect(other).toMatchObject({ settled: 1, value: { seq: 1 } });
    expect(told.data).toEqual([2]);
  });

  test.each(["", "x".repeat(65), "ü", "a\nb"])("ID-4 an id that is none is refused here: %j", async (id) => {
    const { room } = new SdkWorld().room();
    await expect(room.publish(1, { id })).rejects.toMatchObject({ code: "bad_id" });
    room.leave();
  });

  test("what came back in the replay is not sent again, over poll either", async () => {
    for (const transport of ["websocket", "sse", "poll"] as const) {
      const world = new SdkWorld();
      const { room } = world.room({}, { transports: [transport] });
      await world.clock.advance(100);
      const outcome = outcomeOf(room.publish("x", { id: "mine" }));
      await world.clock.advance(7); // it has arrived, its answer has not
      world.service.cut();
      const { posts } = world.service;
      await world.clock.advance(5000);
      expect([transport, outcome.settled, world.service.posts - posts]).toEqual([transport, 1, 0]);
      expect(world.service.log.messages.length).toBe(1);
    }
  });
});

test("signals come and go while there is a connection, and not faster than the service takes them", async () => {
  const world = new SdkWorld();
  const { room } = world.room();
  const heard: string[] = [];
  room.on("signal", ({ event }) => void heard.push(event));
  expect(room.signal("too early")).toBe(false);
  await world.clock.advance(100);
  world.service.signal("typing");
  await world.clock.advance(10);
  expect(heard).toEqual(["typing"]);
  const sent = Array.from({ length: 200 }, () => room.signal("typing"));
  expect(sent.filter(Boolean).length).toBe(50);
});

test("the application's types", () => {
  interface Chat {
    text: string;
  }
  interface Move {
    x: number;
  }
  const wire = new Edgewire({ url: "http://service.test", fetch: () => new Promise(() => {}) });
  const plain: Room = wire.room("lobby");
  const chat = wire.room<Chat>("lobby");
  const both = wire.room<Events<{ message: Chat; move: Move }>>("lobby");
  plain.on("message", ({ data }) => expectTypeOf(data).toEqualTypeOf<Json>());
  chat.on("message", ({ data }) => expectTypeOf(data).toEqualTypeOf<Chat>());
  both.on("message", (message) => {
    if (message.event === "move") expectTypeOf(message.data).toEqualTypeOf<Move>();
    else expectTypeOf(message.data).toEqualTypeOf<Chat>();
  });
  const neverCalled = () => {
    void chat.publish({ text: "hi" }, { event: "anything" });
    void both.publish({ text: "hi" });
    void both.publish({ x: 1 }, { event: "move" });
    // @ts-expect-error a chat is no move
    void both.publish({ text: "hi" }, { event: "move" });
    // @ts-expect-error there is no such event
    void both.publish({ text: "hi" }, { event: "jump" });
    // @ts-expect-error a move is no chat
    void chat.publish({ x: 1 });
  };
  expect(neverCalled).toBeTypeOf("function");
  wire.close();
});
