import { describe, expect, expectTypeOf, test } from "vitest";
import { Edgewire, type Events, type Json, type Room } from "../../../src/client/index.ts";
import { tokenOf, welcomeOf } from "../../support/fake-service.ts";
import { fakeWebSocket } from "../../support/fake-socket.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

/** What the loop saw, and how it ended. */
function collect(items: AsyncIterable<{ data: unknown }>): { seen: unknown[]; end: ReturnType<typeof outcomeOf> } {
  const seen: unknown[] = [];
  const loop = async () => {
    for await (const { data } of items) seen.push(data);
  };
  return { seen, end: outcomeOf(loop()) };
}

describe("for await", () => {
  test("every message, and a clean end when the room is left", async () => {
    const world = new SdkWorld();
    const { room } = world.room();
    const { seen, end } = collect(room);
    await world.clock.advance(100);
    for (const n of [1, 2, 3]) world.service.publish("bob", n);
    await world.clock.advance(100);
    expect([seen, end.settled]).toEqual([[1, 2, 3], 0]);
    room.leave();
    await world.clock.advance(0);
    expect(end).toMatchObject({ settled: 1, value: undefined });
  });

  test("what was heard before the end is still told", async () => {
    const world = new SdkWorld();
    const { room } = world.room();
    await world.clock.advance(100);
    const items = room.messages();
    const first = outcomeOf(items.next());
    await world.clock.advance(0);
    for (const n of [1, 2]) world.service.publish("bob", n);
    await world.clock.advance(100);
    room.leave();
    expect(first.value).toMatchObject({ value: { data: 1 } });
    expect(await items.next()).toMatchObject({ value: { data: 2 } });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test("it can be aborted, also before it begins", async () => {
    const world = new SdkWorld();
    const { room } = world.room();
    const abort = new AbortController();
    const { end } = collect(room.messages({ signal: abort.signal }));
    await world.clock.advance(100);
    abort.abort(new Error("enough"));
    await world.clock.advance(0);
    expect(end).toMatchObject({ settled: 1, error: new Error("enough") });
    const late = collect(room.messages({ signal: abort.signal }));
    await world.clock.advance(0);
    expect(late.end).toMatchObject({ settled: 1, error: new Error("enough") });
  });

  test("one that reads too slowly is told so", async () => {
    const world = new SdkWorld();
    const { room } = world.room();
    await world.clock.advance(100);
    const items = room.messages();
    const first = outcomeOf(items.next());
    await world.clock.advance(0);
    for (let n = 0; n < 10_002; n++) world.service.publish("bob", n);
    await world.clock.advance(1000);
    expect(first.settled).toBe(1);
    await expect(items.next()).rejects.toMatchObject({ code: "overloaded" });
  });
});

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

describe("the outbox over a reload", () => {
  const kept = { outbox: { persist: true } };

  test("C3 what was not acknowledged is sent by the next page, once, with the same ids", async () => {
    const world = new SdkWorld();
    world.service.isDown = true;
    const first = world.room({}, kept);
    for (const n of [1, 2]) void first.room.publish(n, { id: `id-${n}` });
    await world.clock.advance(1000);
    // The page is gone without a word; and the first had arrived.
    world.service.isDown = false;
    world.service.log.append("alice", { id: "id-1", event: "message", data: 1 }, 0);
    const { room } = world.room({}, kept);
    await world.clock.advance(1000);
    expect(world.service.log.messages.map(({ id }) => id)).toEqual(["id-1", "id-2"]);
    expect(world.storage.getItem("edgewire.outbox /v1/rooms/lobby")).toBe(null);
    room.leave();
  });

  test("another user does not send it", async () => {
    const world = new SdkWorld();
    const before = world.room({}, kept);
    await world.clock.advance(100);
    world.service.isDown = true;
    world.service.cut();
    await world.clock.advance(100);
    void before.room.publish("secret");
    await world.clock.advance(1000);
    expect(world.storage.getItem("edgewire.outbox /v1/rooms/lobby")).toContain("secret");
    world.service.isDown = false;
    const bob = world.room({}, { ...kept, token: async () => tokenOf("bob", world.clock.now() + 1e6) });
    await world.clock.advance(10);
    expect(world.service.log.messages.filter(({ user }) => user === "bob")).toEqual([]);
    bob.room.leave();
  });

  test("a storage that throws only forgets", async () => {
    const world = new SdkWorld();
    const broken = () => {
      throw new Error("QuotaExceededError");
    };
    const storage = { getItem: broken, setItem: broken, removeItem: broken };
    const { room } = world.room({}, { ...kept, storage });
    const outcome = outcomeOf(room.publish(1));
    await world.clock.advance(1000);
    expect(outcome.settled).toBe(1);
  });
});

test("FRAME-8 without an echo one's own are not told, not in a replay either, and the place moves on", async () => {
  const world = new SdkWorld();
  const EPOCH = "fake0epoch0";
  const of = (seq: number, user: string, id: string) => ({
    seq,
    id,
    user,
    at: 1,
    event: "message",
    data: `${user}${seq}`,
  });
  const afters: (string | null)[] = [];
  const WebSocket = fakeWebSocket((socket, url, protocols) => {
    const say = (frame: object) => socket.message(JSON.stringify(frame));
    world.clock.setTimeout(() => {
      socket.open();
      afters.push(url.searchParams.get("after"));
      if (afters.length > 1) {
        say(welcomeOf({}, `${EPOCH}-5`, "replay"));
        return say({ type: "messages", messages: [of(4, "alice", "third"), of(5, "bob", "b5")] });
      }
      say(welcomeOf({}, `${EPOCH}-0`));
    }, 1);
    const arrived = (text: string) => {
      if (text === "ping") return;
      const { ref, id } = JSON.parse(text);
      const seq = { first: 1, second: 3 }[id as string];
      if (seq === undefined) return socket.end(1006);
      if (id === "second") say({ type: "messages", messages: [of(2, "bob", "b2")] });
      say({ type: "ack", ref, seq, cursor: `${EPOCH}-${seq}`, id, at: 1 });
    };
    return {
      url,
      protocols,
      fromClient: (text) => world.clock.setTimeout(() => arrived(text), 1),
      closedByClient() {},
    };
  });
  const { room, told } = world.room({ echo: false }, { WebSocket, transports: ["websocket"] });
  await world.clock.advance(100);
  const outcomes = ["first", "second", "third"].map((id) => outcomeOf(room.publish(id, { id })));
  await world.clock.advance(2000);
  expect(afters).toEqual([null, `${EPOCH}-3`]);
  expect(told.data).toEqual(["bob2", "bob5"]);
  expect(outcomes.map(({ settled }) => settled)).toEqual([1, 1, 1]);
  expect(room.cursor).toBe(`${EPOCH}-5`);
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
