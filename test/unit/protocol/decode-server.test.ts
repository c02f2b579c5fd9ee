import { expect, test } from "vitest";
import { decodeServerFrame } from "../../../src/protocol/decode-server.ts";

const MEMBER = { user: "bob", info: { name: "Bob" }, data: null, since: 5, connections: 1 };
const MESSAGE = { seq: 1, id: "m", user: "bob", at: 5, event: "note", data: null };
const SIGNAL = { user: "bob", connection: "c", event: "typing", data: null, key: "k", at: 5 };

const VALID = {
  welcome: {
    type: "welcome",
    protocol: 1,
    channel: "room:lobby",
    connection: "c1",
    user: "alice",
    cursor: "k3f9x2ab-0",
    resume: "live",
    at: 5,
    expires: null,
    heartbeat: { every: 1, timeout: 2 },
    limits: { data: 65_536, publish: { rate: 50, burst: 100 }, signal: { rate: 0 } },
    features: [],
    presence: { count: 1, members: [MEMBER], next: "bob" },
    read: "k3f9x2ab-0",
    unread: 0,
  },
  gap: { type: "gap", after: "k3f9x2ab-0", oldest: "k3f9x2ab-5", reason: "expired" },
  messages: { type: "messages", messages: [MESSAGE] },
  signals: { type: "signals", signals: [SIGNAL] },
  presence: { type: "presence", count: 1, joined: [MEMBER], left: [{ user: "bob" }], updated: [MEMBER] },
  ack: { type: "ack", ref: "1", seq: 5 },
  acks: { type: "acks", acks: [{ ref: "1", seq: 5 }] },
  read: { type: "read", cursor: "k3f9x2ab-5", unread: 3 },
  error: { type: "error", ref: "1", code: "rate_limited", message: "Too fast.", retryAfter: 5 },
  unsubscribed: { type: "unsubscribed", channel: "room:lobby", code: 4403, reason: "forbidden" },
} as const;
type Type = keyof typeof VALID;

function kindOf(frame: unknown): string {
  return decodeServerFrame(JSON.stringify(frame)).kind;
}

/** `frame` with the field at `path` set to `value`, or removed if that is undefined. */
function altered(frame: object, path: string, value: unknown): unknown {
  const copy = structuredClone(frame) as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop() as string;
  let place = copy;
  for (const name of names) place = place[name] as Record<string, unknown>;
  place[last] = value;
  return copy;
}

test.each(Object.values(VALID))("FRAME-1 $type is understood as it is", (frame) => {
  expect(decodeServerFrame(JSON.stringify(frame))).toStrictEqual({ kind: "frame", frame });
});

test.each(Object.values(VALID))("GROW-1 fields that a later server adds to $type are let through", (frame) => {
  const later = { ...frame, channel: "room:a", unread: 3, __later: { a: 1 } };
  expect(decodeServerFrame(JSON.stringify(later))).toStrictEqual({ kind: "frame", frame: later });
});

const OF_CHANNEL = ["gap", "messages", "signals", "presence", "ack", "acks", "read", "error"] as const;

test.each(OF_CHANNEL)("SUB-2 %s may say which channel it is of", (type) => {
  const frame = { ...VALID[type], channel: "room:a" };
  expect(decodeServerFrame(JSON.stringify(frame))).toStrictEqual({ kind: "frame", frame });
});

test.each(["reads", "unsubscribe", "pong", "", "__proto__", "constructor", "Messages"])(
  "GROW-1 a frame of type %j is unknown, and no error",
  (type) => {
    expect(decodeServerFrame(JSON.stringify({ type }))).toStrictEqual({ kind: "unknown" });
  },
);

test.each([
  ["error", "code", "a_code_of_tomorrow"],
  ["gap", "reason", "tomorrow"],
  ["welcome", "resume", "tomorrow"],
  ["welcome", "features", ["tomorrow"]],
  ["welcome", "protocol", 2],
])("GROW-1 %s: a new value of %s is understood", (type, path, value) => {
  expect(kindOf(altered(VALID[type as Type], path, value))).toBe("frame");
});

test.each([
  [
    "welcome",
    [
      "channel",
      "protocol",
      "features",
      "heartbeat.timeout",
      "presence",
      "presence.members",
      "presence.next",
      "read",
      "unread",
    ],
  ],
  ["presence", ["joined", "left", "updated"]],
  ["signals", ["signals.0.connection", "signals.0.key"]],
  ["error", ["ref", "retryAfter"]],
] as const)("GROW-1 %s is understood without %j", (type, paths) => {
  for (const path of paths) expect([path, kindOf(altered(VALID[type], path, undefined))]).toEqual([path, "frame"]);
});

const NO_TEXT = [undefined, null, 1, true, [], {}];
const NO_COUNT = [undefined, null, "1", -1, 1.5, 2 ** 53, true, [], {}];
const NO_LIST = [null, {}, "a", 1, [null], [1], [{}]];
const given = (values: unknown[]) => values.filter((value) => value !== undefined && value !== null);

const WRONG: [type: Type, path: string, values: unknown[]][] = [
  ...["connection", "user", "cursor", "resume"].map((path) => ["welcome", path, NO_TEXT] as never),
  ...["at", "heartbeat.every", "presence.count"].map((path) => ["welcome", path, NO_COUNT] as never),
  ["welcome", "expires", [undefined, ...given(NO_COUNT)]],
  ["welcome", "heartbeat", [undefined, null, [], 1, {}]],
  ["welcome", "limits", [undefined, null, [], 1, {}, { data: 1, publish: { rate: 1 }, signal: { rate: 1 } }]],
  ["welcome", "presence.members", NO_LIST],
  ["welcome", "presence.next", [null, ...given(NO_TEXT)]],
  ["welcome", "read", [null, ...given(NO_TEXT)]],
  ["welcome", "unread", [null, ...given(NO_COUNT)]],
  ["gap", "oldest", [undefined, ...given(NO_TEXT)]],
  ["messages", "messages", [undefined, ...NO_LIST]],
  ...["seq", "at"].map((name) => ["messages", `messages.0.${name}`, NO_COUNT] as never),
  ...["id", "user", "event"].map((name) => ["messages", `messages.0.${name}`, NO_TEXT] as never),
  ["messages", "messages.0.data", [undefined]],
  ["signals", "signals", [undefined, ...NO_LIST]],
  ["signals", "signals.0.data", [undefined]],
  ["presence", "count", NO_COUNT],
  ...["joined", "left", "updated"].map((path) => ["presence", path, NO_LIST] as never),
  ["presence", "joined.0.user", NO_TEXT],
  ["presence", "joined.0.data", [undefined]],
  ["read", "cursor", NO_TEXT],
  ["read", "unread", NO_COUNT],
  ["ack", "ref", NO_TEXT],
  ["acks", "acks", [undefined, ...NO_LIST]],
  ["error", "ref", [null, ...given(NO_TEXT)]],
  ["error", "code", NO_TEXT],
  ["error", "message", NO_TEXT],
  ["unsubscribed", "channel", NO_TEXT],
  ["unsubscribed", "code", NO_COUNT],
  ["unsubscribed", "reason", NO_TEXT],
  ["error", "retryAfter", [null, "1", -1, true, [], {}]],
];

test.each(WRONG)("GROW-1 %s with a wrong %s is broken", (type, path, values) => {
  for (const value of values) expect([value, kindOf(altered(VALID[type], path, value))]).toEqual([value, "broken"]);
});

test.each(["", "{", "pong", "null", "[]", "1", '"messages"', "{}", '{"type":1}', '{"type":null}', "\ufeff{}"])(
  "FRAME-1 the text %j is broken",
  (text) => {
    expect(decodeServerFrame(text).kind).toBe("broken");
  },
);
