import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FakeSocket } from "./support/fake-socket.ts";
import { end, endOf, event, KiB, openPipe, turn } from "./support/open-pipe.ts";

const EVERY = 15_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("SSE-6 SLOW-1", () => {
  const LIMIT = 1024 * KiB;

  test("a reader that leaves 1 MiB is ended 4503", async () => {
    const stream = openPipe();
    await turn();
    for (let count = 0; count < 40 && stream.socket.closed === null; count++) {
      await vi.advanceTimersByTimeAsync(1000);
      stream.socket.says(event(64 * KiB));
    }
    expect(stream.socket.closed).toEqual({ code: 4503, reason: "overloaded" });
    const text = await stream.rest();
    expect(endOf(text)).toEqual(end(4503, "overloaded"));
    expect(text.length).toBeGreaterThan(LIMIT);
    expect(text.length).toBeLessThan(LIMIT + 4 * 64 * KiB);
  });

  test("one that stopped in the middle is ended at the next comment, though nothing more comes", async () => {
    const stream = openPipe();
    await turn();
    for (let count = 0; count < 30; count++) stream.socket.says(event(64 * KiB));
    await vi.advanceTimersByTimeAsync(2 * EVERY);
    expect(stream.socket.closed).toEqual({ code: 4503, reason: "overloaded" });
  });

  test("what only just came does not count, however much it is", async () => {
    const stream = openPipe();
    await turn();
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 64; count++) stream.socket.says(event(64 * KiB));
      await stream.takes(4096 * KiB);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(stream.socket.closed).toBeNull();
  });

  test("a reader that is behind by less is not ended, however long", async () => {
    const stream = openPipe();
    await turn();
    for (let count = 0; count < 15; count++) stream.socket.says(event(64 * KiB));
    for (let round = 0; round < 60; round++) {
      await vi.advanceTimersByTimeAsync(10_000);
      await stream.takes(64 * KiB);
      stream.socket.says(event(64 * KiB));
    }
    expect(stream.socket.closed).toBeNull();
  });

  test("in no moment more than what all readers of a channel together may leave", async () => {
    const stream = openPipe();
    await turn();
    for (let count = 0; count < 10_000 && stream.socket.closed === null; count++) stream.socket.says(event(64 * KiB));
    expect(stream.socket.closed).toEqual({ code: 4503, reason: "overloaded" });
    expect((await stream.rest()).length).toBeLessThan(33 * 1024 * KiB);
  });

  test("a setting below the size of a page ends no replay whose reader takes it", async () => {
    const stream = openPipe({ UNSENT_BYTES: 64 * KiB });
    void stream.rest();
    for (let page = 0; page < 10; page++) {
      for (let frame = 0; frame < 4; frame++) stream.socket.says(event(64 * KiB));
      stream.socket.says("more");
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(stream.socket.closed).toBeNull();
    expect(stream.socket.sent.filter((word) => word === "pull")).toHaveLength(10);
  });
});

describe("RESUME-5 SSE-6 a replay", () => {
  const pulls = ({ sent }: FakeSocket) => sent.filter((word) => word === "pull").length;

  test("goes on when its reader has taken the page", async () => {
    const stream = openPipe();
    await stream.take();
    stream.socket.says(event(256 * KiB));
    stream.socket.says("more");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pulls(stream.socket)).toBe(0);
    await stream.take();
    void stream.take(); // it asks for the next
    await turn();
    expect(pulls(stream.socket)).toBe(1);
  });

  test("goes on at once while there is room, and asks once for each page", async () => {
    const stream = openPipe();
    await stream.take();
    for (let page = 1; page <= 5; page++) {
      stream.socket.says(event(KiB));
      stream.socket.says("more");
      await turn();
      expect(pulls(stream.socket)).toBe(page);
    }
    await stream.takes(5 * KiB);
    await turn();
    expect(pulls(stream.socket)).toBe(5);
  });

  test("whose reader takes nothing of it for 30 s ends 4503", async () => {
    const stream = openPipe();
    await stream.take();
    stream.socket.says(event(256 * KiB));
    stream.socket.says("more");
    await vi.advanceTimersByTimeAsync(2 * EVERY);
    expect(stream.socket.closed).toBeNull();
    await vi.advanceTimersByTimeAsync(EVERY);
    expect(stream.socket.closed).toEqual({ code: 4503, reason: "overloaded" });
    expect(endOf(await stream.rest())).toEqual(end(4503, "overloaded"));
  });

  test("is not ended while its reader takes a page now and then", async () => {
    const stream = openPipe();
    await stream.take();
    for (let page = 0; page < 10; page++) {
      stream.socket.says(event(256 * KiB));
      stream.socket.says("more");
      await vi.advanceTimersByTimeAsync(25_000);
      await stream.takes(256 * KiB);
    }
    expect(stream.socket.closed).toBeNull();
  });

  test("that is over is not asked for", async () => {
    const stream = openPipe();
    await stream.take();
    stream.socket.says(event(256 * KiB));
    stream.socket.says("more");
    stream.socket.ends(4410, "gone");
    await stream.rest();
    expect(pulls(stream.socket)).toBe(0);
  });
});
