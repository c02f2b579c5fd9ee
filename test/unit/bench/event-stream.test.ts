import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EventStream } from "../../bench/load/event-stream.ts";

const EVENTS = ["retry: 1000\n\n", "event: welcome\ndata: {}\n\n", "id: abcdefgh-1\ndata: 1\n\n", ":\n\n"];
const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

let server: Server | undefined;
afterEach(() => void server?.close());

/** Reads an answer that comes in pieces of `size` bytes; resolves with what was handed on until the server ended. */
async function readIn(size: number, answer: string): Promise<{ handed: string[]; failure: string; frames: number }> {
  const bytes = Buffer.from(answer);
  server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    const write = (at: number) => {
      if (at >= bytes.length) return socket.end();
      socket.write(bytes.subarray(at, at + size), () => setImmediate(write, at + size));
    };
    socket.once("data", () => write(0));
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const handed: string[] = [];
  const failed = Promise.withResolvers<string>();
  const stream = new EventStream({
    port: (server.address() as { port: number }).port,
    path: "/",
    headers: [],
    onEvents: (part, start, end) => handed.push(Buffer.from(part.slice(start, end)).toString()),
    onFailure: failed.resolve,
  });
  const failure = await failed.promise;
  await stream.closed;
  return { handed, failure, frames: stream.frames };
}

test.each([1, 3, 7, 1000])("B11 in pieces of %i bytes: whole events are handed on, once and in order", async (size) => {
  const { handed, failure, frames } = await readIn(size, HEAD + EVENTS.map(chunk).join(""));
  expect(handed.join("")).toBe(EVENTS.join(""));
  for (const part of handed) expect(part.endsWith("\n\n")).toBe(true);
  expect([failure, frames]).toEqual(["the server closed the stream", EVENTS.length]);
});

test("B11 an event in two chunks, and chunks with several events", async () => {
  const text = EVENTS.join("");
  const { handed } = await readIn(1000, HEAD + chunk(text.slice(0, 20)) + chunk(text.slice(20)));
  expect(handed.join("")).toBe(text);
});

test.each([
  ["a refusal", "HTTP/1.1 429 Too Many\r\n\r\n", /429/],
  ["no chunks", "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", /not chunked/],
  ["an end", `${HEAD}${chunk(":\n\n")}0\r\n\r\n`, /ended the stream/],
  ["nonsense for a size", `${HEAD}zz\r\n`, /not a chunk's size/],
])("B11 %s is a failure with its reason", async (_what, answer, reason) => {
  expect((await readIn(1000, answer)).failure).toMatch(reason);
});
