import { expect, test } from "vitest";
import { type Decoded, decodeClientFrame } from "../../../src/protocol/decode-client.ts";

/** The frame that `fields` are, or the code of what is wrong with them. */
function decode(fields: unknown): unknown {
  return summary(decodeClientFrame(JSON.stringify(fields)));
}

function summary(decoded: Decoded): unknown {
  if (decoded.ok) return decoded.frame;
  return decoded.ref === undefined ? decoded.failure.code : [decoded.failure.code, decoded.ref];
}

const VALID = {
  publish: { type: "publish", id: "m1", event: "note", data: { a: [1] } },
  signal: { type: "signal", event: "typing", data: 1, key: "k" },
  presence: { type: "presence", data: "here" },
  members: { type: "members", limit: 10, after: "bob" },
  history: { type: "history", after: "k3f9x2ab-1", before: "k3f9x2ab-9", limit: 5, order: "desc" },
  auth: { type: "auth", token: "a.b.c" },
  leave: { type: "leave" },
  subscribe: {
    type: "subscribe",
    channel: "room:a",
    rewind: 5,
    presence: "count",
    member: false,
    data: 1,
    echo: false,
  },
  unsubscribe: { type: "unsubscribe", channel: "user:bob" },
} as const;
type Type = keyof typeof VALID;

test.each(Object.values(VALID))("FRAME-1 $type is understood as it is", (frame) => {
  expect(decode(frame)).toStrictEqual(frame);
  expect(decode({ ...frame, ref: "7" })).toStrictEqual({ ...frame, ref: "7" });
});

test.each(Object.values(VALID))("GROW-2 unknown fields of $type are ignored", (frame) => {
  const more = { meta: {}, encoding: "x", seq: 5, user: "mallory", at: 1, code: "forged", "": 0 };
  expect(decode({ ...more, ...frame })).toStrictEqual(frame);
});

test.each([
  [
    { type: "publish", data: null },
    { type: "publish", event: "message", data: null },
  ],
  [
    { type: "publish", data: false },
    { type: "publish", event: "message", data: false },
  ],
  [
    { type: "publish", data: "" },
    { type: "publish", event: "message", data: "" },
  ],
  [{ type: "members" }, { type: "members" }],
  [
    { type: "members", limit: 0, after: "" },
    { type: "members", limit: 0, after: "" },
  ],
  [{ type: "history" }, { type: "history" }],
  [
    { type: "history", limit: 1000 },
    { type: "history", limit: 1000 },
  ],
  [
    { type: "leave", ref: "" },
    { type: "leave", ref: "" },
  ],
])("FRAME-1 %j is enough", (frame, understood) => {
  expect(decode(frame)).toStrictEqual(understood);
});

const WITH_CHANNEL = ["publish", "signal", "presence", "members", "history"] as const;

test.each(WITH_CHANNEL)("SUB-3 %s may say which channel it is about", (type) => {
  for (const channel of ["room:a", "user:bob", "room:a:b"])
    expect(decode({ ...VALID[type], channel, ref: "7" })).toStrictEqual({ ...VALID[type], channel, ref: "7" });
  for (const channel of NO_ADDRESSES) expect(decode({ ...VALID[type], channel, ref: "7" })).toEqual(["bad_id", "7"]);
});

test.each(["auth", "leave"] as const)("SUB-3 %s is about the whole socket, whatever channel it says", (type) => {
  for (const channel of ["room:a", 1]) expect(decode({ ...VALID[type], channel })).toStrictEqual(VALID[type]);
});

test("SUB-1 a subscribe needs no more than its channel; a cursor and a number of last messages exclude each other", () => {
  expect(decode({ type: "subscribe", channel: "room:a" })).toStrictEqual({ type: "subscribe", channel: "room:a" });
  const after = { type: "subscribe", channel: "room:a", after: "k3f9x2ab-1", data: null };
  expect(decode(after)).toStrictEqual(after);
  expect(decode({ ...after, rewind: 0 })).toBe("bad_request");
});

const NOT_TEXT = [null, 0, true, [], {}, ["a"]];
const NO_ADDRESSES = [
  ...NOT_TEXT,
  "",
  "room",
  "room:",
  "rooms:a",
  "lobby",
  "room:a b",
  "user:..",
  `room:${"x".repeat(129)}`,
];
const NO_TYPES = [...NOT_TEXT, "", "Publish", "ping", "welcome", "__proto__", "constructor", "toString"];

test.each(NO_TYPES)("FRAME-3 the type %j is refused, and its ref is told back", (type) => {
  expect(decode({ type })).toBe("bad_request");
  expect(decode({ type, ref: "7" })).toEqual(["bad_request", "7"]);
});

test("FRAME-3 a frame without a type is refused", () => {
  expect(decode({})).toBe("bad_request");
  expect(decode({ ref: "7", data: 1 })).toEqual(["bad_request", "7"]);
});

test.each([
  ["", "bad_json"],
  [" ", "bad_json"],
  ["{", "bad_json"],
  ["ping ", "bad_json"],
  ["\ufeff{}", "bad_json"],
  ["{'type':'leave'}", "bad_json"],
  ['{"type":"leave"}{}', "bad_json"],
  ["[]", "bad_request"],
  ['[{"type":"leave"}]', "bad_request"],
  ["null", "bad_request"],
  ["1", "bad_request"],
  ['"leave"', "bad_request"],
])("FRAME-3 the text %j is %s", (text, code) => {
  expect(summary(decodeClientFrame(text))).toBe(code);
});

test.each([...NOT_TEXT, "x".repeat(65)])("FRAME-1 the ref %j is refused and not told back", (ref) => {
  expect(decode({ ...VALID.leave, ref })).toBe("bad_request");
});

test("FRAME-1 a ref has up to 64 characters", () => {
  expect(decode({ ...VALID.leave, ref: "x".repeat(64) })).toStrictEqual({ ...VALID.leave, ref: "x".repeat(64) });
});

const NO_COUNTS = [null, "1", -1, 1.5, 1001, 1e9, true, [], {}];
const NO_CURSORS = ["", "1", "k3f9x2ab", "k3f9x2ab--1", "k3f9x2ab-00", "k3f9x2ab-1e3", "k3f9x2ab-9007199254740992"];
const NO_EVENTS = ["", "a b", "é", "edgewire.x", "x".repeat(65)];
const NO_IDS = ["", "é", "a\nb", "x".repeat(65)];

const WRONG: [type: Type, field: string, code: string, values: unknown[]][] = [
  ["publish", "id", "bad_request", [...NOT_TEXT, ...NO_IDS]],
  ["publish", "event", "bad_request", [...NOT_TEXT, ...NO_EVENTS]],
  ["publish", "data", "bad_request", [undefined]],
  ["signal", "event", "bad_request", [undefined, ...NOT_TEXT, ...NO_EVENTS]],
  ["signal", "data", "bad_request", [undefined]],
  ["signal", "key", "bad_request", [...NOT_TEXT, ...NO_IDS]],
  ["presence", "data", "bad_request", [undefined]],
  ["members", "limit", "bad_request", NO_COUNTS],
  ["members", "after", "bad_request", NOT_TEXT],
  ["history", "after", "bad_cursor", [...NOT_TEXT, ...NO_CURSORS]],
  ["history", "before", "bad_cursor", [...NOT_TEXT, ...NO_CURSORS]],
  ["history", "limit", "bad_request", [0, ...NO_COUNTS]],
  ["history", "order", "bad_request", [...NOT_TEXT, "", "ASC", "__proto__"]],
  ["auth", "token", "bad_request", [undefined, ...NOT_TEXT]],
  ["subscribe", "channel", "bad_id", [undefined, ...NO_ADDRESSES]],
  ["subscribe", "rewind", "bad_request", NO_COUNTS],
  ["subscribe", "presence", "bad_request", [...NOT_TEXT, "", "all", "__proto__"]],
  ["subscribe", "member", "bad_request", [null, 0, 1, "0", "true", [], {}]],
  ["subscribe", "echo", "bad_request", [null, 0, 1, "0", "true", [], {}]],
  ["unsubscribe", "channel", "bad_id", [undefined, ...NO_ADDRESSES]],
];

test("SUB-1 a subscribe after what is no cursor is refused", () => {
  for (const after of [...NOT_TEXT, ...NO_CURSORS])
    expect([after, decode({ type: "subscribe", channel: "room:a", after })]).toEqual([after, "bad_cursor"]);
});

test.each(WRONG)("FRAME-3 %s: a wrong %s is %s", (type, field, code, values) => {
  for (const value of values) {
    expect([value, decode({ ...VALID[type], [field]: value })]).toEqual([value, code]);
    expect([value, decode({ ...VALID[type], [field]: value, ref: "7" })]).toEqual([value, [code, "7"]]);
  }
});

const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`;

test.each([
  ["publish", "[", "]"],
  ["publish", '{"a":', "}"],
  ["signal", "[", "]"],
  ["presence", '[{"a":', "}]"],
])("JSON-2 %s: data of %s nests 64 deep and no deeper", (type, open, close) => {
  const levels = 64 / (open.startsWith("[{") ? 2 : 1);
  const frame = (data: string) => `{"type":"${type}","event":"e","ref":"7","data":${data}}`;
  expect(decodeClientFrame(frame(nested(levels, open, close)))).toMatchObject({ ok: true });
  expect(summary(decodeClientFrame(frame(nested(levels + 1, open, close))))).toEqual(["bad_json", "7"]);
});

test("JSON-2 half a million levels are refused and not thrown over", () => {
  const frame = `{"type":"publish","data":${nested(500_000, "[", "]")}}`;
  expect(summary(decodeClientFrame(frame))).toBe("bad_json");
});

test("JSON-1 of equal keys the last counts", () => {
  const text = '{"type":"leave","type":"publish","data":1,"data":2}';
  expect(summary(decodeClientFrame(text))).toStrictEqual({ type: "publish", event: "message", data: 2 });
});

test("FRAME-3 a __proto__ in a frame changes nothing about it", () => {
  const text = '{"type":"publish","__proto__":{"event":"forged","id":"x"},"data":{"__proto__":{"a":1}}}';
  const decoded = decodeClientFrame(text);
  expect(decoded).toMatchObject({ ok: true, frame: { type: "publish", event: "message" } });
  expect(JSON.stringify(decoded)).toBe(
    '{"ok":true,"frame":{"type":"publish","event":"message","data":{"__proto__":{"a":1}}}}',
  );
});

test("HTTP-1 what is wrong is said without repeating the input", () => {
  const canary = "canary-7f3a";
  const frames = [
    canary,
    { type: canary },
    { ...VALID.publish, id: `é${canary}` },
    { ...VALID.history, after: canary },
  ];
  for (const frame of frames) {
    const decoded = decodeClientFrame(typeof frame === "string" ? frame : JSON.stringify(frame));
    expect(decoded.ok).toBe(false);
    expect(JSON.stringify(decoded)).not.toContain(canary);
  }
});
