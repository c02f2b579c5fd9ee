import { expect, test } from "vitest";
import { passedSignals, signalsFrame } from "../../../src/core/frame.ts";
import { entriesOf, entryOf } from "../../../src/object/relays/entry.ts";
import { utf8Length } from "../../../src/protocol/json.ts";

const SIGNALS = [
  { user: "a", connection: "c", event: "typing", data: { on: "é\u2028", 2: null, 1: [] }, at: 5 },
  { user: "b", event: "e", data: "\ud800", key: "k", at: 6 },
].map((signal) => JSON.stringify(signal));

test.each(["events", "named-events"] as const)(
  "RELAY-4 signals that are passed on read as at the room (%s)",
  (view) => {
    const sent = signalsFrame(SIGNALS);
    const passed = passedSignals(sent.text);
    expect([passed.text, passed.bytes]).toEqual([sent.text, sent.bytes]);
    expect(passed.events(view)).toEqual(sent.events(view));
  },
);

test("RELAY-1 messages that are passed on are the same bytes, whatever is in them", () => {
  const data = [
    "é",
    "\ud800",
    "\u2028",
    { b: 1, 2: 2, 1: 1 },
    JSON.parse('{"__proto__":{"x":1}}'),
    1e21,
    1.5e-7,
    0,
    null,
    [[]],
  ];
  const texts = data.map(
    (each, index) =>
      `{"seq":${index + 1},"id":"a\\"b","user":"u","at":${1000 + index},"event":"message","data":${JSON.stringify(each)}}`,
  );
  const entries = entriesOf(`{"type":"messages","messages":[${texts.join(",")}]}`);
  expect(entries.map(({ text }) => text)).toEqual(texts);
  expect(entries).toEqual(texts.map(entryOf));
  expect(entries.map(({ seq, user, id, at }) => [seq, user, id, at])).toEqual(
    texts.map((_, index) => [index + 1, "u", 'a"b', 1000 + index]),
  );
  expect(entries.map(({ bytes }) => bytes)).toEqual(texts.map((text) => utf8Length(text)));
});
