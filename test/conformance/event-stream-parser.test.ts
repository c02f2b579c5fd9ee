// No server here: what the service's streams are read with must itself keep to WHATWG HTML, section 9.2.6.
import { describe, expect, it } from "vitest";
import { EventStreamParser, type StreamEvent } from "../support/event-stream-parser.ts";

const event = (data: string, more: Partial<StreamEvent> = {}) => ({ type: "message", data, lastEventId: "", ...more });

const streams: [string, string, StreamEvent[]][] = [
  ["one line of data", "data: a\n\n", [event("a")]],
  ["no space, and only one is taken", "data:a\n\ndata:  a\n\n", [event("a"), event(" a")]],
  ["many lines", "data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]],
  ["empty lines of data", "data\n\ndata\ndata\n\ndata:", [event(""), event("\n")]],
  ["all three line ends", "data: a\rdata: b\r\ndata: c\n\r\ndata: d\r\r", [event("a\nb\nc"), event("d")]],
  ["CR LF after each other", "data: a\r\n\r\ndata: b\r\n\r\n", [event("a"), event("b")]],
  ["an LF and a CR are two ends", "data: a\n\rdata: b\n\n", [event("a"), event("b")]],
  ["comments", ":\n\n: data: no\ndata: a\n:\n\n", [event("a")]],
  [
    "names",
    "event: gap\ndata: a\n\ndata: b\n\nevent\ndata: c\n\n",
    [event("a", { type: "gap" }), event("b"), event("c")],
  ],
  ["a name without data is nothing, and forgotten", "event: gap\n\ndata: a\n\n", [event("a")]],
  [
    "ids stay until the next, an empty one takes them back",
    "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
    [event("a", { lastEventId: "1" }), event("b", { lastEventId: "1" }), event("c")],
  ],
  ["an id with NUL is none", "id: 1\nid: 2\u0000\ndata: a\n\n", [event("a", { lastEventId: "1" })]],
  ["unknown fields, other cases and spaces", "Data: a\n data: b\ndata : c\nfoo: d\ndata: e\n\n", [event("e")]],
  ["a byte order mark first, and only there", "\ufeffdata: a\n\n\ufeffdata: b\n\n", [event("a")]],
  ["an end without an empty line", "data: a\n\ndata: b\n", [event("a")]],
  [
    "separators that are no line ends",
    "data: a\u2028b\u2029c\u0085d\u000be\u0000\n\n",
    [event("a\u2028b\u2029c\u0085d\u000be\u0000")],
  ],
  ["characters of four bytes", "data: 👩‍👩‍👧\n\n", [event("👩‍👩‍👧")]],
  ["a colon in the data", "data: a: b\n\ndata::\n\n", [event("a: b"), event(":")]],
];

/** Reads the bytes in pieces of that size. */
function readInPieces(parser: EventStreamParser, text: string, size: number): StreamEvent[] {
  const bytes = new TextEncoder().encode(text);
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size);
  return starts.flatMap((start) => parser.read(bytes.subarray(start, start + size)));
}

describe("the parser of event streams", () => {
  it.each(streams)("SSE-2 reads %s, however the bytes are cut", (_what, text, expected) => {
    for (const size of [1, 2, 3, 5, 1_000]) expect(readInPieces(new EventStreamParser(), text, size)).toEqual(expected);
  });

  it("SSE-4 reads retry and comments", () => {
    const parser = new EventStreamParser();
    readInPieces(parser, "retry: 1500\n\n: hello\n\n:\n\nretry: 1s\n\nretry\n\n", 4);
    expect([parser.retry, parser.comments]).toEqual([1500, 2]);
  });

  it("SSE-1 keeps the last event ID of an earlier stream, and takes one of a block without data", () => {
    const parser = new EventStreamParser("old");
    expect(readInPieces(parser, "data: a\n\n", 100)).toEqual([event("a", { lastEventId: "old" })]);
    readInPieces(parser, "id: new\n", 100);
    expect(parser.lastEventId).toBe("old");
    readInPieces(parser, "\n", 100);
    expect(parser.lastEventId).toBe("new");
  });

  it("SSE-2 throws at what is no UTF-8", () => {
    expect(() => new EventStreamParser().read(Uint8Array.of(0x64, 0xff, 0x0a))).toThrow();
  });
});
