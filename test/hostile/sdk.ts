/** What a service, or what stands between, may say to the SDK: each ends one connection at most, and another begins. */
import { EPOCH, message, messages, welcome } from "../support/fake-script.ts";
import { welcomeOf } from "../support/fake-service.ts";

/** Said over a WebSocket as it is, objects as JSON. */
export interface SaidCase {
  readonly what: string;
  readonly said: unknown;
  /** It is of a later version, or means nothing here: the connection goes on. */
  readonly isIgnored?: true;
}

export interface AnswerCase {
  readonly what: string;
  readonly answer: () => Response | Promise<Response>;
}

const said = (what: string, value: unknown): SaidCase => ({ what, said: value });
const ignored = (what: string, value: unknown): SaidCase => ({ what, said: value, isIgnored: true });
const first = message(1);

/** After a welcome that is right. */
const frames: readonly SaidCase[] = [
  said("no JSON", "{"),
  said("nothing", ""),
  said("white space", " \n"),
  said("a byte order mark", `\ufeff${JSON.stringify(messages(1))}`),
  said("two frames in one", JSON.stringify(messages(1)).repeat(2)),
  said("an array", "[]"),
  said("null", "null"),
  said("no type", "{}"),
  said("a type that is none", { type: 7 }),
  said("a type that is null", { type: null }),
  ignored("a type of a prototype", '{"type":"__proto__"}'),
  ignored("another", '{"type":"constructor"}'),
  ignored("a type of later", { type: "moved", to: "the moon" }),
  said("bytes", new Blob(["x"])),
  said("100 MB", "x".repeat(100 * 1024 * 1024)),
  said("very deep", `${"[".repeat(200_000)}${"]".repeat(200_000)}`),
  said(
    "very deep, in a message's field",
    `{"type":"messages","messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ),
  said("messages that are none", { type: "messages", messages: [null] }),
  said("messages in an object", { type: "messages", messages: { 0: first, length: 1 } }),
  ...["1", null, -1, 1.5, 2 ** 53, true, [1]].map((seq) =>
    said(`a message with the seq ${JSON.stringify(seq)}`, { type: "messages", messages: [{ ...first, seq }] }),
  ),
  said("a message with the seq 1e999", JSON.stringify(messages(1)).replace('"seq":1', '"seq":1e999')),
  ...["id", "user", "event", "data", "at"].map((field) =>
    said(`a message without ${field}`, { type: "messages", messages: [{ ...first, [field]: undefined }] }),
  ),
  said("a user that is an object", { type: "messages", messages: [{ ...first, user: { toString: "x" } }] }),
  said("a hole", messages(5)),
  said("a hole within a frame", messages(1, 2, 4)),
  said("seqs that go back within a frame, over a hole", messages(3, 2, 1)),
  ignored("no messages", messages()),
  said("a second welcome", welcome(7)),
  said("presence without a count", { type: "presence" }),
  said("presence of minus one", { type: "presence", count: -1 }),
  said("a member that is none", { type: "presence", count: 1, joined: [7] }),
  said("a member without a name", { type: "presence", count: 1, joined: [{ data: 1 }] }),
  said("members in an object", { type: "presence", count: 1, joined: { length: 1 } }),
  said("somebody who left and has no name", { type: "presence", count: 1, left: [{}] }),
  said("a gap without a cursor", { type: "gap", after: "x", oldest: null, reason: "epoch" }),
  said("a gap with a cursor that is none", { type: "gap", after: "x", oldest: "nonsense", reason: "expired" }),
  said("a gap with a number", { type: "gap", after: "x", oldest: 7, reason: "expired" }),
  ignored("an ack for nothing", { type: "ack", ref: "nothing", seq: 1, cursor: `${EPOCH}-1`, id: "nothing", at: 1 }),
  ignored("an ack for a prototype", { type: "ack", ref: "__proto__", seq: 1, cursor: `${EPOCH}-1`, id: "x", at: 1 }),
  said("an ack without a ref", { type: "ack", seq: 1 }),
  said("acks that are none", { type: "acks", acks: [null] }),
  ignored("an error for nothing", { type: "error", ref: "nothing", code: "internal", message: "x" }),
  ignored("an error of later", { type: "error", code: "moved_to_the_moon", message: "x", retryAfter: 1e308 }),
  said("an error without a code", { type: "error", message: "x" }),
  said("an error that waits a negative time", { type: "error", code: "internal", message: "x", retryAfter: -1 }),
  ignored("signals of nobody", { type: "signals", signals: [] }),
  said("a signal that is none", { type: "signals", signals: [{}] }),
];

/** Instead of a welcome. */
const welcomes: readonly SaidCase[] = [
  said("a message first", messages(1)),
  said("without limits", { ...welcome(), limits: {} }),
  said("with a negative limit", {
    ...welcome(),
    limits: { data: -1, publish: { rate: 0, burst: 0 }, signal: { rate: 0 } },
  }),
  said("without a heartbeat", { ...welcome(), heartbeat: null }),
  said("with a heartbeat of half a ms", { ...welcome(), heartbeat: { every: 0.5 } }),
  said("a cursor that is none", { ...welcome(), cursor: "here" }),
  said("a cursor that is a number", { ...welcome(), cursor: 7 }),
  said("no user", { ...welcome(), user: undefined }),
  said("an end in the shape of a text", { ...welcome(), expires: "never" }),
  said("members that are none", { ...welcome(), presence: { count: 1, members: [null] } }),
  said("nothing at all", "pong"),
  said("an HTML page", "<html>Bad Gateway</html>"),
];

const html =
  (status: number, headers = {}) =>
  () =>
    new Response("<html>Bad Gateway</html>", { status, headers: { "content-type": "text/html", ...headers } });
export const problem = (status: number, code: string) => () =>
  new Response(JSON.stringify({ code, status }), { status });
export const answered = (body: string) => () => new Response(body);
const answer = (what: string, make: AnswerCase["answer"]): AnswerCase => ({ what, answer: make });

/** To any request over HTTP. */
const answers: readonly AnswerCase[] = [
  answer("an HTML 502", html(502)),
  answer("an HTML 403, a proxy's", html(403)),
  answer("an HTML 404", html(404)),
  answer("an HTML 407", html(407)),
  answer("an HTML 200, a hotel's", html(200)),
  answer("a Retry-After that is none", html(503, { "retry-after": "soon" })),
  answer("a Retry-After in the past", html(503, { "retry-after": "-1" })),
  answer("a redirect loop", () => Promise.reject(new TypeError("redirect count exceeded"))),
  answer(
    "a body that breaks off",
    () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError("cut")) })),
  ),
  answer("nothing", answered("")),
  answer("null", answered("null")),
  answer("an array", answered("[]")),
  answer("a number", answered("7")),
  answer("half of an object", answered('{"messages":[')),
  answer("very deep", answered(`${"[".repeat(200_000)}${"]".repeat(200_000)}`)),
  answer("a problem whose code is none", () => new Response('{"code":7}', { status: 403 })),
  answer("503", problem(503, "overloaded")),
  answer("429", problem(429, "rate_limited")),
  answer("500", problem(500, "internal")),
  answer("401, once", problem(401, "unauthenticated")),
  answer("a code of later", problem(503, "moved_to_the_moon")),
];

const stream = (...chunks: string[]) => answered(chunks.join(""));
const begun = `event: welcome\ndata: ${JSON.stringify(welcomeOf({}, `${EPOCH}-0`)).replace('"type":"welcome",', "")}\n\n`;
const tooLong = () => {
  let sent = 0;
  const chunk = new TextEncoder().encode("data: ".padEnd(1024 * 1024, "x"));
  return new Response(new ReadableStream({ pull: (body) => (++sent > 100 ? body.close() : body.enqueue(chunk)) }));
};

/** To a request for events. */
const streams: readonly AnswerCase[] = [
  answer("a stream without a newline, 100 MB", tooLong),
  answer("a stream without an event", stream(":\n\n", ":\n\n")),
  answer("a stream of nothing but newlines", stream("\n".repeat(100_000))),
  answer("a message before the welcome", stream('data: {"seq":1}\n\n')),
  answer("a welcome that is none", stream("event: welcome\ndata: []\n\n")),
  answer("two welcomes", stream(begun, begun)),
  answer("a message that is none", stream(begun, "data: {\n\n")),
  answer("a message in two lines of data", stream(begun, 'data: {"seq":1}\ndata: {"seq":2}\n\n')),
  answer("an event of a prototype, and the end", stream(begun, "event: __proto__\ndata: {}\n\n")),
  answer("an end that makes no sense", stream(begun, 'event: end\ndata: {"code":"never"}\n\n')),
  answer("an end that is no JSON", stream(begun, "event: end\ndata: {\n\n")),
  answer("an end without a code", stream(begun, "event: end\ndata: null\n\n")),
  answer("bytes that are no text", () => new Response(new Uint8Array([0xff, 0xfe, 0x0a, 0x0a]))),
  answer("no body", () => new Response(null, { status: 200 })),
];

const polled = (fields: object) =>
  answered(JSON.stringify({ messages: [], cursor: `${EPOCH}-0`, gap: null, connection: "c", ...fields }));

/** To a poll. */
const polls: readonly AnswerCase[] = [
  answer("a cursor that is none", polled({ cursor: "x" })),
  answer("a cursor that is a number", polled({ cursor: 7 })),
  answer("no cursor", polled({ cursor: undefined })),
  answer("no messages", polled({ messages: undefined })),
  answer("messages in an object", polled({ messages: { length: 1 } })),
  answer("messages that are none", polled({ messages: [1], cursor: `${EPOCH}-1` })),
  answer("signals that are none", polled({ signals: 7 })),
  answer("a gap that is none", polled({ gap: { oldest: 7 } })),
  answer("presence that is none", polled({ presence: { count: "x" } })),
  answer("a read position that is none", polled({ read: 7, unread: "x" })),
];

export const sdk = { frames, welcomes, answers, streams, polls };
