import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { useSettings } from "./support/service.ts";
import { openStream, readStream, requestStream } from "./support/stream.ts";
import { until } from "./support/until.ts";

const KiB = 1024;
useSettings({ STREAM_COMMENT_EVERY: 1000, STREAM_AGE: 3000, UNSENT_BYTES: 64 * KiB, UNSENT_BYTES_TOTAL: 1024 * KiB });

const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
/** When the runtime last answered a heartbeat of the room's only socket, ms; null: never. */
const lastBeat = (room: Room): Promise<number | null> =>
  room.inside((_, state) => {
    const [socket] = state.getWebSockets();
    return socket === undefined ? null : (state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null);
  });

test.concurrent("SSE-6 a stream ends in the last fifth of its time, and comes back where it was", async () => {
  const room = new Room("old");
  const began = performance.now();
  const stream = await openStream(room, { user: "ann" });
  await room.publish({ data: 1 });
  expect(await stream.ended()).toEqual({ code: 1012, reason: "resume" });
  expect(performance.now() - began).toBeGreaterThan(2350);
  expect(performance.now() - began).toBeLessThan(8000);
  await until(async () => (await sockets(room)) === 0, "the inner socket to go");
  await room.publish({ data: 2 });
  const next = await openStream(room, { user: "ann", headers: { "last-event-id": stream.lastId as string } });
  await next.until(() => next.seqs.length === 1, "what was missed");
  expect([stream.seqs, next.seqs]).toEqual([[1], [2]]);
});

test.concurrent("SSE-4 HEART-1 comments come, with them signs of life, which wake nothing", async () => {
  const room = new Room("alive");
  const stream = await openStream(room, { user: "ann" });
  expect(await lastBeat(room)).toBeNull();
  await room.hibernate();
  await stream.until(() => stream.comments >= 2, "two comments");
  expect(await room.wasAsleep()).toBe(true);
  expect(Date.now() - ((await lastBeat(room)) ?? 0)).toBeLessThan(1500);
  await stream.cancel();
});

test.concurrent("HEART-1 a poll that waits gives signs of life, too", async () => {
  const room = new Room("alive");
  await room.publish({ data: 1 });
  const after = (await room.call("GET", "messages")).body.cursor;
  const answer = room.call("GET", "poll", { query: { after, timeout: 3 } });
  await until(async () => (await lastBeat(room)) !== null, "a beat");
  expect((await answer).body.messages).toEqual([]);
});

test.concurrent("SSE-6 SLOW-1 a reader that takes nothing is ended 4503, and the others get everything", async () => {
  const room = new Room("slow");
  const answer = await requestStream(room, { user: "slow" });
  const quick = await openStream(room, { user: "quick" });
  const socket = await connect(room, { user: "socket" });
  let published = 0;
  await until(async () => {
    await room.publish({ data: "x".repeat(10_000) });
    published++;
    return (await sockets(room)) === 2;
  }, "the slow one to go");
  await quick.until(() => quick.seqs.length === published, "the rest");
  await socket.drained();
  expect([socket.seqs.length, quick.isOver]).toEqual([published, false]);
  const slow = readStream(answer);
  expect(await slow.ended()).toEqual({ code: 4503, reason: "overloaded" });
  // What it has is the beginning, whole.
  expect(slow.seqs).toEqual(Array.from({ length: slow.seqs.length }, (_, index) => index + 1));
  expect(slow.seqs.length).toBeGreaterThan(5);
  await quick.cancel();
});

test.concurrent("SSE-6 what is published at once does not end a stream that takes it, however much it is", async () => {
  const room = new Room("burst");
  const stream = await openStream(room, { user: "ann" });
  await room.publish(Array.from({ length: 15 }, () => ({ data: "x".repeat(60_000) })));
  await stream.until(() => stream.seqs.length === 15, "all of it");
  expect(stream.isOver).toBe(false);
  await stream.cancel();
});
