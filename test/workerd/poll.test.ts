import { describe, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { type Answer, Room } from "./support/room.ts";
import { env, worker } from "./support/service.ts";
import { until } from "./support/until.ts";

type Query = Record<string, string | number>;
const poll = (room: Room, query: Query = {}): Promise<Answer> => room.call("GET", "poll", { query });
const seqsOf = ({ body }: Answer): number[] => body.messages.map(({ seq }: { seq: number }) => seq);
const sockets = (room: Room) => room.inside((_, state) => state.getWebSockets().length);
/** Resolves when the object has a poll to answer. */
const waits = (room: Room, count = 1) => until(async () => (await sockets(room)) === count, `${count} polls`);

/** A room with so many messages, and the cursor of each. */
async function filled(name: string, count = 5): Promise<{ room: Room; at: (seq: number) => string }> {
  const room = new Room(name);
  await room.fill(count);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  return { room, at: (seq) => body.cursor.replace(/[0-9]+$/, String(seq)) };
}

test("POLL-1 without after it answers at once with the head's cursor, whatever the timeout", async () => {
  const { room, at } = await filled("head");
  const { status, headers, body } = await poll(room, { timeout: 60 });
  expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(body).toEqual({ messages: [], cursor: at(5), gap: null, connection: expect.stringMatching(/^[\w-]{44}$/) });
});

test("POLL-1 anything after the cursor is there at once, in the bytes of the log", async () => {
  const { room, at } = await filled("behind");
  const url = room.url("poll", { after: at(2), timeout: 60 });
  const text = await (await worker.fetch(url, { headers: { authorization: `Bearer ${env.API_KEY}` } })).text();
  const { messages } = (await room.call("GET", "messages", { query: { after: at(2) } })).body;
  expect(text.startsWith(`{"messages":${JSON.stringify(messages)},"cursor":"${at(5)}","gap":null,`)).toBe(true);
});

test("POLL-1 with nothing after the cursor it waits for the next message", async () => {
  const { room, at } = await filled("waits");
  const answer = poll(room, { after: at(5), timeout: 60 });
  await waits(room);
  await room.publish([{ data: 1 }, { data: 2 }]);
  expect((await answer).body).toMatchObject({ cursor: at(7), gap: null });
  expect(seqsOf(await answer)).toEqual([6, 7]);
});

test.each([0, 1])("POLL-1 after its timeout (%d s) it is empty, with the same cursor", async (timeout) => {
  const { room, at } = await filled("empty");
  const began = performance.now();
  const { body } = await poll(room, { after: at(5), timeout });
  expect(body).toMatchObject({ messages: [], cursor: at(5), gap: null });
  expect(performance.now() - began).toBeGreaterThanOrEqual(timeout * 1000 - 20);
  await waits(room, 0);
});

test("POLL-1 FRAME-7 at most 1,000 messages; polled on, each comes once", async () => {
  const { room, at } = await filled("many", 2300);
  const seen: number[] = [];
  const sizes: number[] = [];
  for (let after = at(0); seen.length < 2300; ) {
    const answer = await poll(room, { after });
    sizes.push(seqsOf(answer).length);
    seen.push(...seqsOf(answer));
    expect(answer.body.cursor).toBe(at(seen.length));
    after = answer.body.cursor;
  }
  expect(sizes).toEqual([1000, 1000, 300]);
  expect(seen).toEqual(Array.from({ length: 2300 }, (_, index) => index + 1));
});

test("POLL-1 at most 256 KiB, also of what one flush brings to a poll that waits", async () => {
  const { room, at } = await filled("large");
  const large = Array.from({ length: 15 }, () => ({ data: "x".repeat(60_000) }));
  const answer = poll(room, { after: at(5), timeout: 60 });
  await waits(room);
  await room.publish(large);
  expect(seqsOf(await answer)).toEqual([6, 7, 8, 9]);
  const seen = seqsOf(await answer);
  for (let after = (await answer).body.cursor; seen.length < 15; ) {
    const next = await poll(room, { after });
    expect(JSON.stringify(next.body).length).toBeLessThan(257 * 1024);
    seen.push(...seqsOf(next));
    after = next.body.cursor;
  }
  expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => 6 + index));
});

describe("RESUME-3 a poll tells of a gap:", () => {
  test("another life of the log", async () => {
    const { room, at } = await filled("epoch");
    const { body } = await poll(room, { after: "otherepoch-3" });
    expect(body).toMatchObject({ gap: { after: "otherepoch-3", oldest: at(1), reason: "epoch" }, cursor: at(5) });
    expect(body.messages).toHaveLength(5);
  });

  test("a cursor beyond the head", async () => {
    const { room, at } = await filled("ahead");
    const { body } = await poll(room, { after: at(9) });
    expect(body).toMatchObject({ gap: { after: at(9), oldest: at(1), reason: "ahead" }, cursor: at(5) });
  });

  test("a room that was never used, at once", async () => {
    const { body } = await poll(new Room("never"), { after: "otherepoch-3", timeout: 60 });
    expect(body).toMatchObject({ messages: [], gap: { after: "otherepoch-3", oldest: null, reason: "epoch" } });
    expect(body.gap.cursor).toBe(body.cursor);
  });

  test("RESUME-4 ADMIN-1 a log that is cleared under it; the next poll goes on in the new epoch", async () => {
    const { room, at } = await filled("cleared");
    const answer = poll(room, { after: at(5), timeout: 60 });
    await waits(room);
    await room.call("DELETE", "messages");
    const { body } = await answer;
    expect(body).toMatchObject({
      messages: [],
      gap: { after: at(5), oldest: null, reason: "epoch", cursor: body.cursor },
    });
    await room.publish({ data: "new" });
    expect(seqsOf(await poll(room, { after: body.cursor }))).toEqual([1]);
  });
});

describe("POLL-4 a poll that waits is refused", () => {
  const ends: [string, (room: Room) => Promise<unknown>, number, string][] = [
    ["403 when its user is thrown out", (room) => room.call("DELETE", "connections"), 403, "forbidden"],
    ["410 when the channel is erased", (room) => room.call("DELETE", ""), 410, "gone"],
  ];
  test.each(ends)("%s", async (_what, act, status, code) => {
    const { room, at } = await filled("ended");
    const answer = poll(room, { after: at(5), timeout: 60 });
    await waits(room);
    await act(room);
    const { status: is, headers, body } = await answer;
    expect([is, headers.get("content-type"), body.code]).toEqual([status, "application/problem+json", code]);
    expect(body.retryable).toBe(false);
    await waits(room, 0);
  });
});

test("POLL-4 when the object is restarted it is answered empty, early, and nothing is lost", async () => {
  const { room, at } = await filled("restart");
  const answer = poll(room, { after: at(5), timeout: 60 });
  await waits(room);
  await room.crash();
  expect((await answer).status).toBe(200);
  expect((await answer).body).toMatchObject({ messages: [], cursor: at(5), gap: null });
  await room.publish({ data: 6 });
  expect(seqsOf(await poll(room, { after: at(5) }))).toEqual([6]);
});

test("HTTP-5 POLL-4 when the object cannot write, the poll is 503 with Retry-After, and then it works", async () => {
  const { room, at } = await filled("broken");
  await breakTable(room, "members");
  const { status, headers, body } = await poll(room, { after: at(5), member: 1, timeout: 0 });
  expect([status, body.code]).toEqual([503, "overloaded"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  await mendTable(room);
  expect((await poll(room, { after: at(5), member: 1, timeout: 0 })).status).toBe(200);
});

test.each<[string, Query, string]>([
  ["timeout=61", { timeout: 61 }, "bad_request"],
  ["timeout=-1", { timeout: -1 }, "bad_request"],
  ["timeout=1.5", { timeout: 1.5 }, "bad_request"],
  ["timeout=", { timeout: "" }, "bad_request"],
  ["an after that is no cursor", { after: "5" }, "bad_cursor"],
  ["signals=yes", { signals: "yes" }, "bad_request"],
  ["presence=all", { presence: "all" }, "bad_request"],
  ["member=true", { member: "true" }, "bad_request"],
  ["a user that is no id", { user: "a b" }, "bad_id"],
])("POLL-1 HTTP-3 400 for %s", async (_what, query, code) => {
  expect(await poll(new Room("wrong"), query)).toMatchObject({ status: 400, body: { code } });
});

test("TRANSPORT-2 POLL-2 who polls watches, unless they say member=1", async () => {
  const { room, at } = await filled("watches");
  const watcher = await connect(room, { user: "zoe", query: { presence: "members", member: 0 } });
  await poll(room, { after: at(5), timeout: 0, user: "ann" });
  await poll(room, { after: at(5), timeout: 0, user: "bob", member: 1, data: "1" });
  await watcher.until(() => watcher.framesOf("presence").length > 0, "the join");
  expect(watcher.framesOf("presence")).toMatchObject([{ count: 1, joined: [{ user: "bob", data: 1 }] }]);
});
