import { expect, test } from "vitest";
import type { Events } from "../../bench/load/dialect.ts";
import { payloadText } from "../../bench/load/marker.ts";
import { socketIoDialect } from "../../bench/load/socket-io-dialect.ts";

/** What a reader makes of the frames a server sends. */
function read(...frames: string[]): unknown[] {
  const seen: unknown[] = [];
  const events: Events = {
    delivered: { marker: (publisher, count) => seen.push(["delivered", publisher, count]) },
    acknowledged: { marker: () => seen.push("acknowledged") },
    ready: () => seen.push("ready"),
    fault: (reason) => seen.push(["fault", reason]),
    reply: (text) => seen.push(["reply", text]),
  };
  const reader = socketIoDialect.reader(events, false);
  for (const frame of frames) {
    const bytes = Buffer.from(`__${frame}__`);
    reader.read(bytes, 2, bytes.length - 2);
  }
  return seen;
}

test("is let in by the second packet, which answers its own", () => {
  expect(read('0{"sid":"a","pingInterval":25000}', '40{"sid":"b"}')).toEqual([["reply", "40"], "ready"]);
});

test("a message comes as an event, and a ping is answered", () => {
  expect(read(`42["message","${payloadText(3, 14)}"]`, "2")).toEqual([
    ["delivered", 3, 14],
    ["reply", "3"],
  ]);
});

test("a refusal is a fault", () => {
  expect(read('44{"message":"no"}')).toEqual([["fault", 'the server sent 44{"message":"no"}']]);
});

test("what it publishes is the event that it reads", () => {
  expect(read(socketIoDialect.publishText(7))).toEqual([["delivered", 7, 0]]);
});
