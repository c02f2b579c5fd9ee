import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { retryField, serverEvent } from "../../src/protocol/event-stream.ts";
import { eventBlocks } from "../support/event-blocks.ts";
import { bytes, end, endOf, event, KiB, openPipe, turn } from "./support/open-pipe.ts";

const EVERY = 15_000;
const AGE = 1_800_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("SSE-4 retry is there at once, before anything has come", async () => {
  const stream = openPipe();
  expect(stream.socket).toMatchObject({ isAccepted: true, binaryType: "arraybuffer" });
  await stream.take();
  expect(stream.text).toBe("retry: 2000\n\n");
});

test("SSE-2 what comes is passed on as it is, in its order", async () => {
  const stream = openPipe();
  const all = [serverEvent("welcome", "{}"), serverEvent("message", '"é😀"', "k-1"), serverEvent("signal", "1")];
  for (const each of all) stream.socket.says(bytes(each));
  stream.socket.ends(1012, "resume");
  expect(await stream.rest()).toBe(
    retryField(2000) + all.join("") + serverEvent("end", '{"code":1012,"reason":"resume"}'),
  );
});

test("SSE-4 HEART-1 a comment every 15 s, and with it a sign of life for the object", async () => {
  const stream = openPipe();
  await stream.take();
  for (let count = 1; count <= 3; count++) {
    await vi.advanceTimersByTimeAsync(EVERY - 1);
    expect(stream.socket.sent).toHaveLength(count - 1);
    await vi.advanceTimersByTimeAsync(1);
    await stream.take();
    expect(stream.socket.sent).toEqual(Array(count).fill("ping"));
  }
  stream.socket.says("pong");
  expect(stream.text).toBe(`retry: 2000\n\n${":\n\n".repeat(3)}`);
});

test("HEART-2 for a reader that takes nothing nobody beats, so that it is found dead", async () => {
  const stream = openPipe();
  await turn();
  stream.socket.says(event(100 * KiB));
  await vi.advanceTimersByTimeAsync(EVERY);
  const before = stream.socket.sent.length;
  await vi.advanceTimersByTimeAsync(10 * EVERY);
  expect(stream.socket.sent.length).toBe(before);
  void stream.rest(); // it reads again, and lives
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(stream.socket.sent.length).toBeGreaterThan(before);
});

test.each([
  [0, AGE],
  [0.5, AGE * 0.9],
  [0.999, AGE * 0.8002],
])("SSE-6 it ends in the last fifth of its 30 minutes, at random: %d", async (random, age) => {
  vi.spyOn(Math, "random").mockReturnValue(random);
  const stream = openPipe();
  await stream.take();
  void stream.rest();
  await vi.advanceTimersByTimeAsync(age - 1);
  expect(stream.socket.closed).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(stream.socket.closed).toEqual({ code: 1012, reason: "resume" });
  expect(endOf(stream.text)).toEqual(end(1012, "resume"));
});

describe("SSE-5 the end is told as the object told it:", () => {
  test.each<[number, string, number, string]>([
    [4401, "unauthenticated", 4401, "unauthenticated"],
    [4403, "forbidden", 4403, "forbidden"],
    [4408, "heartbeat_timeout", 4408, "heartbeat_timeout"],
    [4410, "gone", 4410, "gone"],
    [4503, "overloaded", 4503, "overloaded"],
    [1011, "internal", 1011, "internal"],
    [1012, "resume", 1012, "resume"],
    [1012, "", 1012, "resume"],
    // No Close frame at all: the object is gone, and the client comes back.
    [1006, "", 1012, "resume"],
    [1006, "WebSocket disconnected without sending Close frame.", 1012, "resume"],
    [1005, "", 1012, "resume"],
  ])("%d %s", async (code, reason, told, why) => {
    const stream = openPipe();
    stream.socket.ends(code, reason);
    expect(endOf(await stream.rest())).toEqual(end(told, why));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an error of the socket", async () => {
    const stream = openPipe();
    stream.socket.fails();
    expect(endOf(await stream.rest())).toEqual(end(1012, "resume"));
    expect(stream.socket.closed).not.toBeNull();
  });
});

test("SSE-5 after the end there is nothing, whatever still comes", async () => {
  const stream = openPipe();
  stream.socket.ends(4410, "gone");
  stream.socket.says(bytes(serverEvent("message", "1")));
  stream.socket.says("more");
  stream.socket.ends(1012, "resume");
  stream.socket.fails();
  await vi.advanceTimersByTimeAsync(AGE);
  expect(eventBlocks(await stream.rest())).toHaveLength(2);
  expect(stream.socket.sent).toEqual([]);
});

test("SSE-6 who goes away closes the inner socket, and nothing is left behind", async () => {
  const stream = openPipe();
  await stream.take();
  await stream.reader.cancel();
  expect(stream.socket.closed).toEqual({ code: 1001, reason: "" });
  expect(vi.getTimerCount()).toBe(0);
  stream.socket.says(bytes(serverEvent("message", "1")));
  stream.socket.ends(1001);
});

test("SSE-6 after 200,000 events it ends, and the client comes back: one invocation may not compute for ever", async () => {
  const stream = openPipe();
  void stream.rest();
  const one = event(1);
  for (let count = 0; count < 200_000 && stream.socket.closed === null; count++) {
    stream.socket.says(one);
    if (count % 1000 === 0) await turn();
  }
  await turn();
  expect(stream.socket.closed).toEqual({ code: 1012, reason: "resume" });
  expect(eventBlocks(stream.text)).toHaveLength(200_000 + 2);
});
