import { afterEach, beforeEach, expect, test } from "vitest";
import { Client, connect, handshake } from "./support/client.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { useSettings } from "./support/service.ts";
import { holdingTimers } from "./support/timers.ts";

const MiB = 1024 * 1024;
useSettings({ UNSENT_BYTES: MiB, UNSENT_BYTES_TOTAL: 2 * MiB });

let now = 0;
beforeEach(() => {
  now = Date.now();
  setClock(now);
});
afterEach(useRealClock);

/** What nobody holds on to is collected, and its connection with it. */
const held: WebSocket[] = [];

/** A connection whose client does not read yet: what it is sent stays in the object. */
async function stalled(room: Room, user: string, query = {}): Promise<WebSocket> {
  const { webSocket } = await handshake(room, { user, query });
  if (webSocket === null) throw new Error("refused");
  held.push(webSocket);
  return webSocket;
}

/** Bytes that wait in the object for the user's only connection; undefined if it is closed. */
function unsent(room: Room, user: string): Promise<number | undefined> {
  return room.inside((_, state) => {
    const open = state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    const socket = open.find((each) => each.deserializeAttachment().user === user);
    return (socket as { bufferedAmount?: number } | undefined)?.bufferedAmount;
  });
}

/** Publishes so many messages of 60,000 bytes, a second apart. */
async function publishLarge(room: Room, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    now += 1000;
    setClock(now);
    expect((await room.publish({ data: "x".repeat(60_000) })).status).toBe(201);
  }
}

test("SLOW-1 a reader that leaves more than 1 MiB unread is closed 4503, the others get everything", async () => {
  const room = new Room("slow");
  const ann = await connect(room, { user: "ann" });
  const slow = await stalled(room, "slow");
  await publishLarge(room, 17);
  expect(await unsent(room, "slow")).toBeGreaterThan(MiB - 60_000);
  await publishLarge(room, 3);
  expect(await unsent(room, "slow")).toBeUndefined();
  const late = new Client(slow);
  expect(await late.ended()).toEqual({ code: 4503, reason: "overloaded" });
  await ann.drained();
  expect(ann.seqs).toHaveLength(20);
});

test("SLOW-1 what was only just sent does not count, however much it is", async () => {
  const room = new Room("burst");
  const slow = await stalled(room, "slow");
  now += 1000;
  setClock(now);
  for (let n = 0; n < 4; n++) await room.publish(Array.from({ length: 15 }, () => ({ data: "x".repeat(60_000) })));
  expect(await unsent(room, "slow")).toBeGreaterThan(3 * MiB);
  const late = new Client(slow);
  await late.drained();
  now += 1000;
  setClock(now);
  await room.publish({ data: "more" });
  await late.drained();
  expect(late.seqs).toHaveLength(61);
});

test("SLOW-1 of all together the fullest go first", async () => {
  const room = new Room("together");
  await stalled(room, "first");
  await publishLarge(room, 5);
  await stalled(room, "second");
  await publishLarge(room, 5);
  await stalled(room, "third");
  await publishLarge(room, 8);
  expect(await unsent(room, "first")).toBeDefined();
  // Of before the last look 17 + 12 + 7 messages wait, together more than 2 MiB: the fullest goes, which is enough.
  await publishLarge(room, 1);
  expect([await unsent(room, "first"), await unsent(room, "second"), await unsent(room, "third")]).toEqual([
    undefined,
    expect.any(Number),
    expect.any(Number),
  ]);
});

test("RESUME-5 SLOW-1 a replay waits for a reader that stands still, holds up nobody, and ends after 30 s", async () => {
  const room = new Room("stalled-replay");
  await room.fill(3000, 1000);
  const after = (await room.call("GET", "messages")).body.cursor.replace(/\d+$/, "0");
  await holdingTimers(async (timers) => {
    await stalled(room, "slow", { after, member: 0 });
    for (let n = 0; n < 20; n++) await timers.fire(room);
    expect(await unsent(room, "slow")).toBeLessThan(MiB);
    const ann = await connect(room, { user: "ann", query: { after, member: 0 } });
    while (ann.seqs.length < 3000) {
      await timers.fire(room);
      await ann.drained();
    }
    setClock(now + 29_000);
    await timers.fire(room);
    expect(await unsent(room, "slow")).toBeDefined();
    setClock(now + 31_000);
    await timers.fire(room);
    expect(await unsent(room, "slow")).toBeUndefined();
    expect(timers.waiting).toBe(1); // which tells the slow one's own object that they are gone
    await timers.fire(room);
    expect(timers.waiting).toBe(0);
  });
});
