import { beforeAll, describe, expect, it } from "vitest";
import type { Client, Query } from "../support/client.ts";
import { type History, type Message, positionOf } from "../support/frames.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("history");
const count = 25;
let epoch = "";
let reader: Client;

beforeAll(async () => {
  epoch = positionOf(await service.fill(room, count)).epoch;
  reader = await service.join("alice", room);
});

const at = (seq: number) => `${epoch}-${seq}`;
const seqs = ({ messages }: { messages: Message[] }) => messages.map(({ seq }) => seq);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function overHttp(query: Query): Promise<History> {
  const answer = await service.room<History>("GET", room, "messages", { query, as: "alice" });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  return answer.body;
}

async function inFrame(query: Query): Promise<History> {
  const { type, ref: _ref, ...page } = await reader.request({ type: "history", ...query });
  expect(type, JSON.stringify(page)).toBe("ack");
  return page as unknown as History;
}

describe.each([
  ["over HTTP", overHttp],
  ["in a frame", inFrame],
])("history %s", (_transport, read) => {
  it("HISTORY-1 is the newest when nothing is asked", async () => {
    const page = await read({ limit: 10 });
    expect(seqs(page)).toEqual(range(16, 25));
    expect(page).toMatchObject({ more: true, oldest: at(1), gap: null });
  });

  it("HISTORY-2 has 100 as the default limit", async () => {
    const page = await read({});
    expect(seqs(page)).toEqual(range(1, count));
    expect(page).toMatchObject({ more: false, oldest: at(1), gap: null });
    expect(Object.keys(page).sort()).toEqual(["cursor", "gap", "messages", "more", "oldest"]);
  });

  it("HISTORY-4 pages forward with after, exclusive, by the cursor", async () => {
    const first = await read({ after: at(0), limit: 10 });
    const second = await read({ after: first.cursor, limit: 10 });
    const third = await read({ after: second.cursor, limit: 10 });
    expect([first, second, third].map(seqs)).toEqual([range(1, 10), range(11, 20), range(21, 25)]);
    expect([first, second, third].map(({ cursor }) => cursor)).toEqual([at(10), at(20), at(25)]);
    expect([first, second, third].map(({ more }) => more)).toEqual([true, true, false]);
  });

  it("HISTORY-2 has no more when the page ends at the head", async () => {
    expect(await read({ after: at(15), limit: 10 })).toMatchObject({ cursor: at(25), more: false });
  });

  it("HISTORY-4 pages backward with before, exclusive, by the cursor", async () => {
    const first = await read({ before: at(25), limit: 10 });
    const second = await read({ before: first.cursor, limit: 10 });
    const third = await read({ before: second.cursor, limit: 10 });
    expect([first, second, third].map(seqs)).toEqual([range(15, 24), range(5, 14), range(1, 4)]);
    expect([first, second, third].map(({ cursor }) => cursor)).toEqual([at(15), at(5), at(1)]);
    expect([first, second, third].map(({ more }) => more)).toEqual([true, true, false]);
  });

  it("HISTORY-1 is a range with both", async () => {
    expect(seqs(await read({ after: at(5), before: at(9) }))).toEqual([6, 7, 8]);
    expect(seqs(await read({ after: at(5), before: at(6) }))).toEqual([]);
    const cut = await read({ after: at(5), before: at(20), limit: 3 });
    expect(seqs(cut)).toEqual([6, 7, 8]);
    expect(cut).toMatchObject({ cursor: at(8), more: true });
  });

  it("HISTORY-3 is sorted by order, which does not change what is in the page", async () => {
    for (const query of [{ limit: 4 }, { after: at(3), limit: 4 }, { before: at(9), limit: 4 }]) {
      const ascending = seqs(await read({ ...query, order: "asc" }));
      expect(seqs(await read({ ...query, order: "desc" }))).toEqual(ascending.toReversed());
    }
  });

  it("HISTORY-4 gives the head when there is nothing after it", async () => {
    expect(await read({ after: at(25) })).toEqual({
      messages: [],
      cursor: at(25),
      more: false,
      oldest: at(1),
      gap: null,
    });
  });

  it("HISTORY-5 tells a gap to a reader of another epoch, and begins at the oldest", async () => {
    const page = await read({ after: "zzzzzzzz-7", limit: 3 });
    expect(page.gap).toEqual({ after: "zzzzzzzz-7", oldest: at(1), reason: "epoch" });
    expect(seqs(page)).toEqual([1, 2, 3]);
  });

  it("HISTORY-5 tells a gap to a reader who is ahead", async () => {
    const page = await read({ after: at(26), limit: 3 });
    expect(page.gap).toEqual({ after: at(26), oldest: at(1), reason: "ahead" });
    expect(seqs(page)).toEqual([1, 2, 3]);
  });
});

describe("history", () => {
  it("HISTORY-1 is narrowed by from and to, inclusive", async () => {
    const timed = uniqueRoom("timed");
    const times: number[] = [];
    while (times.length < 5) {
      const answer = await service.publish(timed, { data: times.length });
      // A millisecond of its own for each, or inclusive could not be told from exclusive.
      if (answer.body.at !== times.at(-1)) times.push(answer.body.at);
    }
    const read = async (query: Query) => {
      const { body } = await service.room<History>("GET", timed, "messages", { query });
      return body.messages;
    };
    const all = await read({});
    const expected = (from: number, to: number) => all.filter((message) => message.at >= from && message.at <= to);
    const [first, second, , fourth, last] = times as [number, number, number, number, number];
    expect(await read({ from: second, to: fourth })).toEqual(expected(second, fourth));
    expect(await read({ from: fourth })).toEqual(expected(fourth, last));
    expect(await read({ to: second })).toEqual(expected(first, second));
    expect(await read({ from: last + 1 })).toEqual([]);
    expect(all.map((message) => message.at)).toEqual(all.map((message) => message.at).toSorted((a, b) => a - b));
  });

  it("HISTORY-4 of a room never used is empty, with a cursor before the first message", async () => {
    const { status, body } = await service.room<History>("GET", uniqueRoom("never"), "messages", { as: "alice" });
    expect(status).toBe(200);
    expect(body).toEqual({
      messages: [],
      cursor: expect.stringMatching(/^[a-z0-9]{8,16}-0$/),
      more: false,
      oldest: null,
      gap: null,
    });
  });

  it("HTTP-2 answers HEAD as GET, without the body", async () => {
    const answer = await service.room("HEAD", room, "messages", { as: "alice" });
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });
});
