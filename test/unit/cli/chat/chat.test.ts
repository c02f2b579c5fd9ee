import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Chat } from "../../../../src/cli/chat/chat.ts";
import { EdgewireError, type Room } from "../../../../src/client/index.ts";
import { FakeRoom } from "./fake-room.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Evening {
  readonly room: FakeRoom;
  readonly chat: Chat;
  /** Everything that was printed, and at last how it ended. */
  readonly shown: string[];
}

function evening(): Evening {
  const room = new FakeRoom();
  const shown: string[] = [];
  const chat = new Chat({
    room: room as unknown as Room,
    name: "lobby",
    print: (as, line) => void shown.push(as === "said" ? line : `${as}: ${line}`),
    ended: (code) => void shown.push(`exit ${code}`),
  });
  return { room, chat, shown };
}

const HELLO = "note: You are alice in room:lobby. Here: alice.";

describe("the connection", () => {
  test("its first loss is told, and that it is back; not what fails between", () => {
    const { room, shown } = evening();
    room.lose(1006, "unreachable", 1);
    room.lose(1006, "unreachable", 2);
    room.connect();
    room.lose(1012, "resume", 1);
    room.lose(1006, "", 2);
    room.connect();
    expect(shown).toEqual([
      "note: No connection yet (1006 unreachable); trying again.",
      HELLO,
      "note: Connection lost (1012 resume); coming back.",
      "note: Connected again.",
    ]);
  });

  test("who was there at the welcome did not just join", () => {
    const { room, shown } = evening();
    room.presence(["alice"], []);
    room.connect();
    room.presence(["eve"], ["bob"]);
    expect(shown).toEqual([HELLO, "note: eve joined.", "note: bob left."]);
  });

  test.each([
    [4403, "forbidden", "error: The service has closed the connection for good (4403 forbidden)."],
    [4401, "", "error: The service does not accept the token (code 4401)."],
  ])("a close that is final (%i) ends it", (code, reason, line) => {
    const { room, shown } = evening();
    room.connect();
    room.close(code, reason);
    expect(shown).toEqual([HELLO, line, "exit 1"]);
  });

  test("fresh tokens that are refused for some seconds mean a wrong secret; a log-out's own second does not", () => {
    const { room, shown } = evening();
    room.connect();
    for (let tries = 1; tries <= 5; tries++) room.lose(4401, "", tries);
    expect(shown.at(-1)).toBe("note: Connection lost (code 4401); coming back.");
    vi.advanceTimersByTime(2_000);
    room.lose(4401, "", 6);
    expect(shown.slice(-2)).toEqual([
      "error: The service does not accept tokens signed with this AUTH_SECRET (code 4401): is it the same?",
      "exit 1",
    ]);
  });

  test("tokens that are refused are counted anew after a welcome", () => {
    const { room, shown } = evening();
    for (let day = 0; day < 3; day++) {
      room.connect();
      for (let tries = 1; tries <= 2; tries++) {
        vi.advanceTimersByTime(3_000);
        room.lose(4401, "", tries);
      }
    }
    expect(shown).not.toContain("exit 1");
  });
});

describe("lines", () => {
  test("are published, and one that is refused is shown", async () => {
    const { room, chat, shown } = evening();
    room.connect();
    const sent = [chat.line("hello"), chat.line("  "), chat.line(`${"x".repeat(100)}`)];
    expect([room.published, chat.waiting]).toEqual([["hello", "x".repeat(100)], 2]);
    room.answer(1);
    room.answer(new EdgewireError("too_large", "The data is larger than 64 bytes."));
    await Promise.all(sent);
    expect(chat.waiting).toBe(0);
    expect(shown.slice(1)).toEqual([
      `error: Not sent: "${"x".repeat(79)}…": The data is larger than 64 bytes. (too_large)`,
    ]);
    chat.quit();
    expect(shown.at(-1)).toBe("exit 1");
  });

  test("that are not confirmed are counted at the end", async () => {
    const { room, chat, shown } = evening();
    const sent = chat.line("hello");
    chat.quit();
    await sent;
    expect(shown).toEqual(["note: Left; 1 line is not confirmed.", "exit 1"]);
    expect(room.isLeft).toBe(true);
    chat.quit();
    expect(shown).toHaveLength(2);
  });
});

describe("the end of the input", () => {
  test("waits for what is not confirmed, for its own messages, and for the past", async () => {
    const { room, chat, shown } = evening();
    room.head = 2;
    room.connect();
    const sent = chat.line("mine");
    chat.endOfInput();
    room.answer(3);
    await sent;
    await vi.advanceTimersByTimeAsync(0);
    for (const seq of [1, 2]) room.message(seq);
    expect(shown).not.toContain("exit 0");
    room.message(3);
    expect(shown).toEqual([HELLO, "bob: 1", "bob: 2", "bob: 3", "exit 0"]);
  });

  test("of nothing in an empty room is the end", async () => {
    const { room, chat, shown } = evening();
    chat.endOfInput();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual([]);
    room.cursor = "k3f9x2ab-0";
    room.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(shown).toEqual([HELLO, "exit 0"]);
  });

  test("does not wait for ever for a past that may not be read", async () => {
    const { room, chat, shown } = evening();
    room.head = null;
    room.connect();
    chat.endOfInput();
    await vi.advanceTimersByTimeAsync(4_000);
    room.message(1);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(shown).toEqual([HELLO, "bob: 1"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown).toEqual([HELLO, "bob: 1", "exit 0"]);
  });

  test("a service that cannot be reached is given up", async () => {
    const { room, chat, shown } = evening();
    const sent = chat.line("hello");
    chat.endOfInput();
    for (let tries = 1; tries <= 8; tries++) room.lose(1006, "unreachable", tries);
    await sent;
    expect(shown.slice(-2)).toEqual([
      "error: The service cannot be reached (1006 unreachable); 1 line is not confirmed.",
      "exit 1",
    ]);
    expect(room.isLeft).toBe(true);
  });
});
