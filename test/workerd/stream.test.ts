import { describe, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { openStream, requestStream, type StreamOptions } from "./support/stream.ts";
import { until } from "./support/until.ts";

const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
const names = ({ events }: { events: { name: string }[] }) => events.map(({ name }) => name);

/** A room with five messages, and the cursor of each. */
async function filled(name: string): Promise<{ room: Room; at: (seq: number) => string }> {
  const room = new Room(name);
  await room.fill(5);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  return { room, at: (seq) => body.cursor.replace(/[0-9]+$/, String(seq)) };
}

test("SSE-1 SSE-2 SSE-4 a stream begins with retry and its welcome, and brings what is published as it is stored", async () => {
  const room = new Room("stream");
  const answer = await requestStream(room, { user: "ann" });
  for (const [name, value] of [
    ["content-type", "text/event-stream"],
    ["cache-control", "no-store"],
    ["x-content-type-options", "nosniff"],
  ] as const)
    expect(answer.headers.get(name)).toBe(value);
  await answer.body?.cancel();
  const stream = await openStream(room, { user: "ann" });
  expect(stream.blocks[0]).toEqual({ name: "message", id: null, data: null, retry: expect.any(Number) });
  expect(stream.blocks[0]?.retry).toBeGreaterThanOrEqual(1000);
  expect(stream.blocks[0]?.retry).toBeLessThanOrEqual(5000);
  expect(stream.welcome).toMatchObject({ user: "ann", resume: "live", channel: `room:${room.id}` });
  await room.publish({ data: "é\n", event: "note", id: "m1" });
  await stream.until(() => stream.seqs.length === 1, "the message");
  const { messages, cursor } = (await room.call("GET", "messages")).body;
  expect(stream.events.at(-1)).toEqual({ name: "message", data: JSON.stringify(messages[0]), id: cursor, retry: null });
});

describe("SSE-1 begins", () => {
  type Start = [what: string, query: (at: (seq: number) => string) => StreamOptions, resume: string, seqs: number[]];
  const header = (value: string) => ({ headers: { "last-event-id": value } });
  const starts: Start[] = [
    ["now", () => ({}), "live", []],
    ["after a cursor", (at) => ({ query: { after: at(3) } }), "replay", [4, 5]],
    ["after the head", (at) => ({ query: { after: at(5) } }), "live", []],
    ["with the last n", () => ({ query: { rewind: 2 } }), "replay", [4, 5]],
    ["after Last-Event-ID", (at) => header(at(2)), "replay", [3, 4, 5]],
    [
      "after Last-Event-ID, whatever after says",
      (at) => ({ ...header(at(4)), query: { after: at(1) } }),
      "replay",
      [5],
    ],
    ["after Last-Event-ID, whatever rewind says", (at) => ({ ...header(at(4)), query: { rewind: 5 } }), "replay", [5]],
    ["as the URL says if Last-Event-ID is empty", (at) => ({ ...header(""), query: { after: at(4) } }), "replay", [5]],
    ["behind a gap", () => header("otherepoch-7"), "gap", [1, 2, 3, 4, 5]],
  ];
  test.each(starts)("%s", async (_what, options, resume, seqs) => {
    const { room, at } = await filled("starts");
    const stream = await openStream(room, options(at));
    expect(stream.welcome.resume).toBe(resume);
    await room.publish({ data: "last" });
    await stream.until(() => stream.seqs.at(-1) === 6, "the last");
    expect(stream.seqs).toEqual([...seqs, 6]);
    expect(stream.dataOf("gap")).toHaveLength(resume === "gap" ? 1 : 0);
    expect(stream.lastId).toBe(at(6));
  });
});

test.each<[string, StreamOptions, string]>([
  ["a Last-Event-ID that is no cursor", { headers: { "last-event-id": "5" } }, "bad_cursor"],
  ["an after that is none", { query: { after: "5" } }, "bad_cursor"],
  [
    "an after that is none, whatever Last-Event-ID says",
    { query: { after: "5" }, headers: { "last-event-id": "k3f9x2ab-1" } },
    "bad_cursor",
  ],
  ["after and rewind", { query: { after: "k3f9x2ab-1", rewind: 1 } }, "bad_request"],
  ["rewind=1001", { query: { rewind: 1001 } }, "bad_request"],
  ["named=2", { query: { named: 2 } }, "bad_request"],
  ["named=true", { query: { named: "true" } }, "bad_request"],
  ["member=2", { query: { member: 2 } }, "bad_request"],
  ["presence=all", { query: { presence: "all" } }, "bad_request"],
  ["data that is no JSON", { query: { data: "{" } }, "bad_json"],
])("SSE-1 HTTP-3 400 for %s", async (_what, options, code) => {
  const answer = await requestStream(new Room("wrong"), options);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  expect(await answer.json()).toMatchObject({ code });
});

test("SSE-3 with named=1 messages come under their own names, but for those that are taken", async () => {
  const room = new Room("named");
  const [named, plain] = [
    await openStream(room, { query: { named: 1 } }),
    await openStream(room, { query: { named: 0 } }),
  ];
  for (const event of ["note", "end", "welcome", "a.b:c"]) await room.publish({ data: 1, event });
  for (const stream of [named, plain]) await stream.until(() => stream.events.length === 5, "the messages");
  expect(names(named)).toEqual(["welcome", "note", "message", "message", "a.b:c"]);
  expect(names(plain)).toEqual(["welcome", "message", "message", "message", "message"]);
});

test("SSE-2 signals and presence are events, one each", async () => {
  const room = new Room("told");
  const stream = await openStream(room, { query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  await bob.pipeline([1, 2].map((data) => ({ type: "signal", event: "typing", data })));
  await stream.until(() => stream.dataOf("signal").length === 2, "the signals");
  await bob.close(1000);
  await stream.until(() => stream.dataOf("presence").length === 2, "the leave");
  expect(stream.dataOf("signal")).toMatchObject([
    { user: "bob", data: 1 },
    { user: "bob", data: 2 },
  ]);
  expect(stream.dataOf("presence")).toMatchObject([
    { count: 1, joined: [{ user: "bob" }] },
    { count: 0, left: [{ user: "bob" }] },
  ]);
  expect(stream.events.filter(({ id }) => id !== null)).toHaveLength(1);
});

test("TRANSPORT-2 PRESENCE-6 who reads a stream watches, unless they say member=1", async () => {
  const room = new Room("watches");
  await openStream(room, { user: "ann" });
  const watcher = await openStream(room, { user: "zoe", query: { presence: "count" } });
  expect(watcher.welcome.presence).toEqual({ count: 0 });
  const bob = await openStream(room, { user: "bob", query: { member: 1, data: '{"mood":"fine"}' } });
  const { body } = await room.call("GET", "presence");
  expect(body).toMatchObject({ count: 1, members: [{ user: "bob", data: { mood: "fine" }, connections: 1 }] });
  const connection = bob.welcome.connection;
  expect((await room.call("PUT", "presence", { query: { user: "bob", connection }, body: { data: 2 } })).status).toBe(
    200,
  );
  expect((await room.call("GET", "presence")).body.members[0].data).toBe(2);
  await bob.cancel();
  await until(async () => (await room.call("GET", "presence")).body.members[0]?.connections === 0, "the break");
});

test("PUBLISH-4 echo=0: a stream does not get back what is published in its name", async () => {
  const room = new Room("echo");
  const own = await openStream(room, { user: "ann", query: { echo: 0 } });
  const other = await openStream(room, { user: "ann", query: { echo: 0 } });
  const query = { connection: own.welcome.connection };
  await room.publish({ data: "mine", user: "ann" }, { query });
  await room.publish({ data: "again", user: "ann" });
  await room.call("POST", "signals", { query, body: { event: "wave", data: 1, user: "ann" } });
  for (const stream of [own, other]) await stream.until(() => stream.seqs.includes(2), "the second");
  await other.until(() => other.dataOf("signal").length === 1, "the signal");
  expect([own.seqs, other.seqs, own.dataOf("signal")]).toEqual([[2], [1, 2], []]);
});

describe("SSE-5 is told of its end:", () => {
  const ends: [string, (room: Room) => Promise<unknown>, object][] = [
    ["thrown out", (room) => room.call("DELETE", "connections"), { code: 4403, reason: "forbidden" }],
    [
      "thrown out by name",
      (room) => room.call("DELETE", "connections", { query: { user: "ann" } }),
      { code: 4403, reason: "forbidden" },
    ],
    ["erased", (room) => room.call("DELETE", ""), { code: 4410, reason: "gone" }],
    ["a crash", (room) => room.crash(), { code: 1012, reason: "resume" }],
  ];
  test.each(ends)("%s", async (_what, act, end) => {
    const room = new Room("ends");
    const stream = await openStream(room, { user: "ann" });
    await room.publish({ data: 1 });
    await act(room);
    expect(await stream.ended()).toEqual(end);
    expect(stream.seqs).toEqual([1]);
    expect(await sockets(room)).toBe(0);
  });
});

test("ADMIN-1 RESUME-4 a clear is a gap, and the stream goes on in the new epoch", async () => {
  const { room, at } = await filled("cleared");
  const stream = await openStream(room);
  await room.call("DELETE", "messages");
  await room.publish({ data: "new" });
  await stream.until(() => stream.seqs.length === 1, "the new message");
  expect(names(stream)).toEqual(["welcome", "gap", "message"]);
  const [gap] = stream.dataOf("gap");
  expect(gap).toMatchObject({ after: at(5), oldest: null, reason: "epoch" });
  expect(stream.events[1]?.id).toBe(gap?.cursor);
  expect(stream.lastId).toBe(gap?.cursor.replace("-0", "-1"));
});

test("SSE-6 who goes away takes the inner socket along", async () => {
  const room = new Room("leaves");
  const streams = await Promise.all([1, 2, 3].map(() => openStream(room, { user: "ann" })));
  expect(await sockets(room)).toBe(3);
  await Promise.all(streams.map((stream) => stream.cancel()));
  await until(async () => (await sockets(room)) === 0, "the sockets to go");
});
