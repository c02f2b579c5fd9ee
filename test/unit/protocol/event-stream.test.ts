import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMMENT, messageEvent, retryField, serverEvent } from "../../../src/protocol/event-stream.ts";
import { anyJson } from "../../support/any-text.ts";
import { type EventBlock, eventBlocks } from "../../support/event-blocks.ts";
import { holds } from "../../support/property.ts";

const block = (name: string, data: string, id: string | null = null): EventBlock => ({ name, id, data, retry: null });
const stored = (parts: object = {}) =>
  JSON.stringify({ seq: 7, id: "m", user: "bob", at: 5, event: "note", data: 1, ...parts });

test.each<[string, string]>([
  ['event: welcome\nid: k-1\ndata: {"a":1}\n\n', serverEvent("welcome", '{"a":1}', "k-1")],
  ["event: end\ndata: {}\n\n", serverEvent("end", "{}")],
  ["id: k-1\ndata: 1\n\n", serverEvent("message", "1", "k-1")],
  ["data: 1\n\n", serverEvent("message", "1")],
  ["retry: 2500\n\n", retryField(2500)],
  [":\n\n", COMMENT],
  [`id: k-7\ndata: ${stored()}\n\n`, messageEvent(stored(), "k-7", false)],
  [`event: note\nid: k-7\ndata: ${stored()}\n\n`, messageEvent(stored(), "k-7", true)],
])("SSE-2 %j", (written, made) => {
  expect(made).toBe(written);
});

describe("SSE-3 under its own event's name, unless that means something else to EventSource or to the service:", () => {
  test.each(["welcome", "gap", "message", "signal", "presence", "read", "end", "open", "error"])("not %s", (event) => {
    expect(messageEvent(stored({ event }), "k-7", true)).toBe(`id: k-7\ndata: ${stored({ event })}\n\n`);
  });

  test.each([
    "Welcome",
    "gaps",
    "message.",
    "signals",
    "end:1",
    "opened",
    "errors",
    "ack",
    "__proto__",
    "x".repeat(64),
  ])("%s", (event) => {
    expect(eventBlocks(messageEvent(stored({ event }), "k-7", true))).toEqual([block(event, stored({ event }), "k-7")]);
  });
});

test("SSE-3 without named=1 whatever its event is it is a message", () => {
  for (const event of ["note", "welcome", "end"])
    expect(eventBlocks(messageEvent(stored({ event }), "k-7", false))[0]?.name).toBe("message");
});

/** Texts that look like what the event's name is found by, or like fields of a stream. */
const decoy = fc.constantFrom(
  ',"event":"fake"',
  '","event":"fake","data":"',
  '\\","event":"fake',
  "\nevent: fake\ndata: 1\n\n",
  "\rid: 9\r\r",
  "\r\n\r\n",
  "\u2028event: fake\u2029",
  "\u0085data: x",
  "\ufeff:\n\n",
  "\u0000",
);
const idText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((unit) => String.fromCharCode(unit)) });
const id = fc.oneof(idText, fc.constantFrom(',"event":"fake"', '","event":"fake","id":"', "a\\"));
const user = fc.stringMatching(/^[A-Za-z0-9\-_.~:@|+=]{1,20}$/);
const event = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/);
const data = fc.oneof(anyJson, decoy, fc.dictionary(decoy, decoy), fc.array(decoy));
const messages = fc.record({ seq: fc.nat(), id, user, at: fc.nat(), event, data }).map((parts) => stored(parts));
const taken = ["welcome", "gap", "message", "signal", "presence", "read", "end", "open", "error"];

test("SSE-2 whatever a message holds, its event is one event with exactly that text, its cursor and its name", () => {
  holds(
    fc.property(messages, fc.boolean(), (text, named) => {
      const bytes = new TextEncoder().encode(messageEvent(text, "k3f9x2ab-7", named));
      const own = named ? JSON.parse(text).event : "message";
      expect(eventBlocks(bytes)).toEqual([block(taken.includes(own) ? "message" : own, text, "k3f9x2ab-7")]);
    }),
    1000,
  );
});

test("SSE-2 whatever an event's data is as JSON, it is one event with exactly that text", () => {
  holds(
    fc.property(data, fc.constantFrom("welcome", "gap", "signal", "presence", "end"), (value, name) => {
      const text = JSON.stringify(value);
      const stream = retryField(1000) + serverEvent(name, text) + COMMENT + serverEvent("message", text, "k-1");
      const [first, ...rest] = eventBlocks(new TextEncoder().encode(stream));
      expect(first).toEqual({ name: "message", id: null, data: null, retry: 1000 });
      expect(rest).toEqual([block(name, text), block("message", text, "k-1")]);
    }),
    500,
  );
});
