import { describe, expect, test } from "vitest";
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
