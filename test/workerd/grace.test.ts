import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { playAlarms, setClock, standStill, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";

const SECOND = 1000;
let start = 0;

beforeEach(() => {
  start = standStill();
});
afterEach(useRealClock);

const watching = { user: "ann", query: { presence: "members", member: 0 } };
const bobLeft = { type: "presence", count: 0, left: [{ user: "bob" }] };

describe.each([
  ["awake", false],
  ["hibernating", true],
])("an object that is %s", (_state, hibernating) => {
  test("PRESENCE-6 a broken connection is told when the grace of 10 s is over, and not before", async () => {
    const room = new Room("grace");
    const ann = await connect(room, watching);
    const bob = await connect(room, { user: "bob" });
    await bob.close(1001);
    await playAlarms(room, start + 10 * SECOND - 1, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence")).toHaveLength(1); // the join
    if (hibernating) await room.hibernate();
    await playAlarms(room, start + 10 * SECOND, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence").slice(1)).toEqual([bobLeft]);
  });

  test("PRESENCE-6 who is back within the grace never left", async () => {
    const room = new Room("back");
    const ann = await connect(room, watching);
    const bob = await connect(room, { user: "bob" });
    const [{ since }] = (await room.call("GET", "presence")).body.members;
    setClock(start + SECOND);
    await bob.close(1001);
    if (hibernating) await room.hibernate();
    setClock(start + 10 * SECOND);
    await connect(room, { user: "bob", query: { data: "null" } });
    await playAlarms(room, start + 60 * SECOND, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence")).toHaveLength(1);
    expect((await room.call("GET", "presence")).body.members).toMatchObject([{ user: "bob", since }]);
  });

  test("PRESENCE-6 several in their grace leave each at their own time", async () => {
    const room = new Room("graces");
    const ann = await connect(room, watching);
    const clients = await Promise.all(["bob", "carol", "dan"].map((user) => connect(room, { user })));
    for (const [index, client] of clients.entries()) {
      setClock(start + index * 3 * SECOND);
      await client.close(1001);
    }
    const told: [number, number][] = [];
    const rung = async (at: number) => {
      await ann.drained();
      told.push([at - start, ann.framesOf("presence").at(-1)?.count]);
    };
    await playAlarms(room, start + 60 * SECOND, { hibernating, rung });
    expect(told).toEqual([
      [10 * SECOND, 2],
      [13 * SECOND, 1],
      [16 * SECOND, 0],
    ]);
  });

  test("PRESENCE-6 a grace outlives an alarm that rings for something else", async () => {
    const room = new Room("shared-alarm");
    const ann = await connect(room, watching);
    const token = await tokenFor("carol", { exp: start / SECOND + 5 });
    await connect(room, { token, query: { member: 0 } });
    const bob = await connect(room, { user: "bob" });
    await bob.close(1001);
    await playAlarms(room, start + 60 * SECOND, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence").at(-1)).toEqual(bobLeft);
  });

  test("PRESENCE-8 after a crash nobody stays a member who does not come back within the grace", async () => {
    const room = new Room("ghost");
    await connect(room, { user: "bob" });
    await room.crash();
    const ann = await connect(room, watching);
    expect(ann.welcome.presence.count).toBe(1);
    await playAlarms(room, start + 10 * SECOND - 1, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence")).toEqual([]);
    await playAlarms(room, start + 10 * SECOND, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence")).toEqual([bobLeft]);
    expect((await room.call("GET", "presence")).body).toEqual({ count: 0, members: [] });
  });

  test("PRESENCE-8 who comes back after a crash within the grace never left", async () => {
    const room = new Room("survivor");
    await connect(room, { user: "bob" });
    await room.crash();
    const ann = await connect(room, watching);
    setClock(start + 9 * SECOND);
    if (hibernating) await room.hibernate();
    await connect(room, { user: "bob" });
    await playAlarms(room, start + 60 * SECOND, { hibernating });
    await ann.drained();
    expect(ann.framesOf("presence")).toEqual([]);
    expect((await room.call("GET", "presence")).body.count).toBe(1);
  });
});

// Found by the simulation, seed 2083: everybody left at once, because the isolate was older than the grace.
test("PRESENCE-6 after a reset of which nobody was told everybody has their grace, however old the isolate is", async () => {
  const room = new Room("reset-late");
  await connect(room, { user: "bob" });
  setClock(start + 3600 * SECOND);
  await room.inside((_, state) => state.abort("made by a test")).catch(() => undefined);
  const ann = await connect(room, watching);
  expect(ann.welcome.presence.count).toBe(1);
  await connect(room, { user: "bob" });
  await ann.drained();
  expect(ann.framesOf("presence")).toEqual([]);
});

test("PRESENCE-8 a crash that nobody comes back from leaves nobody in a later read", async () => {
  const room = new Room("abandoned");
  await connect(room, { user: "bob" });
  await room.crash();
  await room.wake();
  setClock(start + 10 * SECOND);
  expect((await room.call("GET", "presence")).body).toEqual({ count: 0, members: [] });
});
