/** Frames that are wrong: each is one error, and the connection goes on. */
import { NO_CURSORS, shown } from "./http-case.ts";

/** Values that no field of a frame takes, by what the field is. `undefined`: it is not there. */
const noText: unknown[] = [0, 1.5, true, null, [], ["a"], {}, { toString: "a" }];
const cursors: unknown[] = [...noText, ...NO_CURSORS];
const noLimit: unknown[] = [-1, 1001, 1.5, 1e9, 1e308, "10", "0x10", "", true, null, [], [10], {}];
const printable = ["", "x".repeat(65), "é", "\n", "\r\nid: 1", "\u0000", "\u007f", "a\tb", "\ud800", "😀"];
const noEvent = [
  ...[
    "",
    " ",
    "a b",
    "a/b",
    "é",
    "x".repeat(65),
    "edgewire.",
    "edgewire.join",
    "a\n",
    "a\r\ndata: 1",
    "<b>",
    "a\u0000",
  ],
];

const noAddress = [
  "",
  "lobby",
  "room:",
  "user:",
  "Room:a",
  "room:a b",
  "room:é",
  "room:..",
  `room:${"x".repeat(129)}`,
  "space:a",
];

const thousandKeys = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [n, 1]));

/** `[type, what is right in it, field, values that are wrong there, code]` */
type Row = readonly [
  type: string,
  good: Record<string, unknown>,
  field: string,
  values: readonly unknown[],
  code: string,
];

const rows: readonly Row[] = [
  ["publish", { data: 1 }, "id", [...noText, ...printable], "bad_request"],
  ["publish", { data: 1 }, "event", [...noText, ...noEvent], "bad_request"],
  ["publish", {}, "data", [undefined], "bad_request"],
  ["signal", { data: 1 }, "event", [undefined, ...noText, ...noEvent], "bad_request"],
  ["signal", { event: "e", data: 1 }, "key", [...noText, ...printable], "bad_request"],
  ["signal", { event: "e" }, "data", [undefined], "bad_request"],
  ["presence", {}, "data", [undefined], "bad_request"],
  ["presence", {}, "data", ["x".repeat(1023), "é".repeat(512), "x".repeat(64_000), thousandKeys], "too_large"],
  ["publish", {}, "data", ["x".repeat(65_535), "é".repeat(33_000)], "too_large"],
  ["signal", { event: "e" }, "data", ["x".repeat(65_535)], "too_large"],
  ["members", {}, "limit", noLimit, "bad_request"],
  ["members", {}, "after", noText, "bad_request"],
  ["history", {}, "limit", [0, ...noLimit], "bad_request"],
  ["history", {}, "order", [...noText, "", "ASC", "up", "asc "], "bad_request"],
  ["history", {}, "after", cursors, "bad_cursor"],
  ["history", {}, "before", cursors, "bad_cursor"],
  ["auth", {}, "token", [undefined, ...noText], "bad_request"],
  ["subscribe", {}, "channel", [undefined, ...noText, ...noAddress], "bad_id"],
  ["unsubscribe", {}, "channel", [undefined, ...noText, ...noAddress], "bad_id"],
  ["publish", { data: 1 }, "channel", [...noText, ...noAddress], "bad_id"],
  ["members", {}, "channel", [...noText, ...noAddress], "bad_id"],
  ["subscribe", { channel: "room:a" }, "after", cursors, "bad_cursor"],
  ["subscribe", { channel: "room:a" }, "rewind", [...noLimit, -0.5], "bad_request"],
  ["subscribe", { channel: "room:a" }, "presence", [...noText, "", "all", "Members"], "bad_request"],
  ["subscribe", { channel: "room:a" }, "member", [0, 1, "1", "true", null, [], {}], "bad_request"],
  ["subscribe", { channel: "room:a" }, "echo", [0, 1, "0", "false", null, [], {}], "bad_request"],
  ["subscribe", { channel: "room:a", after: "k3f9x2ab-1" }, "rewind", [0, 1], "bad_request"],
];

const deep = (levels: number, open = "[", close = "]") => `${open.repeat(levels)}1${close.repeat(levels)}`;
const kinds = [
  "",
  "Publish",
  "PUBLISH",
  " publish",
  "publish ",
  "ack",
  "welcome",
  "messages",
  "subscribed",
  "dance",
  "ping",
  "__proto__",
];
const natures = ["constructor", "toString", "hasOwnProperty", "valueOf", "size", "get", "publish\u0000", "рublish"];

/** One frame that is wrong: what it is, its text, the code of its error. It has the ref `r`, unless `hasRef` is false. */
export interface FrameCase {
  readonly what: string;
  readonly frame: string | Uint8Array;
  readonly code: string;
  readonly hasRef: boolean;
}

const inFields = rows.flatMap(([type, good, field, values, code]) =>
  values.map((value): FrameCase => {
    const frame = JSON.stringify({ type, ref: "r", ...good, [field]: value });
    return { what: `${type} with ${field} ${shown(value)}`, frame, code, hasRef: true };
  }),
);

const inTypes = [...kinds, ...natures, ...noText].map((type): FrameCase => {
  const frame = JSON.stringify({ type, ref: "r", data: 1 });
  return { what: `the type ${shown(type)}`, frame, code: "bad_request", hasRef: true };
});

const refs = [0, null, true, [], {}, "x".repeat(65), "é".repeat(65)].map((ref): FrameCase => {
  const frame = JSON.stringify({ type: "members", limit: 0, ref });
  return { what: `the ref ${shown(ref)}`, frame, code: "bad_request", hasRef: false };
});

const texts: [what: string, frame: string | Uint8Array, code: string][] = [
  ["nothing", "", "bad_json"],
  ["white space", " \n\t", "bad_json"],
  ["a word", "hello", "bad_json"],
  ["half a frame", '{"type":"publish"', "bad_json"],
  ["PING", "PING", "bad_json"],
  ["pong", "pong", "bad_json"],
  ["two pings", "pingping", "bad_json"],
  ["ping with a NUL", "ping\0", "bad_json"],
  ["a lone surrogate", '{"type":"members","limit":"\ud800"', "bad_json"],
  ["a number with a leading zero", '{"type":"members","limit":01}', "bad_json"],
  ["a limit beyond all numbers", '{"type":"members","limit":1e999}', "bad_request"],
  ["a limit just above a whole number", '{"type":"members","limit":1.0000000001}', "bad_request"],
  ["two types, the last none", '{"type":"members","type":"dance"}', "bad_request"],
  ["a type behind a __proto__", '{"__proto__":{"type":"members"}}', "bad_request"],
  ["no type", "{}", "bad_request"],
  ["null", "null", "bad_request"],
  ["data of 65 arrays", `{"type":"publish","data":${deep(65)}}`, "bad_json"],
  ["data of 65 objects", `{"type":"publish","data":${deep(65, '{"a":', "}")}}`, "bad_json"],
  ["data of 65 levels behind a __proto__", `{"type":"publish","data":{"__proto__":${deep(64)}}}`, "bad_json"],
  ["member data of 65 arrays", `{"type":"presence","data":${deep(65)}}`, "bad_json"],
  ["a signal of 65 arrays", `{"type":"signal","event":"e","data":${deep(65)}}`, "bad_json"],
  ["a NUL", "\0", "bad_json"],
  ["a BOM before a frame", '\ufeff{"type":"members"}', "bad_json"],
  ["two frames", '{"type":"members"}{"type":"members"}', "bad_json"],
  ["two lines", '{"type":"members"}\n{"type":"members"}', "bad_json"],
  ["JavaScript", '{type:"members"}', "bad_json"],
  ["NaN in it", '{"type":"publish","data":NaN}', "bad_json"],
  ["an unfinished escape", '{"type":"publish","data":"\\u12"}', "bad_json"],
  ["a control character in a text", '{"type":"publish","data":"\u0001"}', "bad_json"],
  ["Pong", "Pong", "bad_json"],
  ["ping with a line feed", "ping\n", "bad_json"],
  ["ping as JSON", '"ping"', "bad_request"],
  ["an HTTP request", "GET / HTTP/1.1\r\n\r\n", "bad_json"],
  ["60,000 levels", `{"type":"publish","data":${deep(60_000)}}`, "bad_json"],
  ["levels that never end", "[".repeat(120_000), "bad_json"],
  ["a list of frames", '[{"type":"members"}]', "bad_request"],
  ["a number", "-0", "bad_request"],
  ["false", "false", "bad_request"],
  ["bytes", new Uint8Array([0, 255]), "bad_request"],
  ["no bytes", new Uint8Array(0), "bad_request"],
  ["a frame as bytes", Buffer.from('{"type":"members"}'), "bad_request"],
  ["ping as bytes", Buffer.from("ping"), "bad_request"],
];

const wholes = texts.map(([what, frame, code]): FrameCase => ({ what, frame, code, hasRef: false }));

export const frames = { fields: inFields, types: inTypes, refs, wholes };
