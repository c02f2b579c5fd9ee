import { describe, expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { openStream, readStream, requestStream } from "./support/stream.ts";
import { StreamStage, type StreamStep } from "./support/stream-script.ts";
import { until } from "./support/until.ts";

/** Two watch by stream, one polls; bob breaks off and comes back. */
const SESSION: readonly StreamStep[] = [
  ["a message is there", (stage) => stage.publish()],
  [
    "ann comes to watch",
    async (stage) => {
      stage.cursor = (await stage.call("GET", "messages")).body.cursor;
      await stage.open("ann", { user: "ann", query: { presence: "members", rewind: 1 } });
    },
  ],
  ["bob comes", (stage) => stage.open("bob", { user: "bob", query: { member: 1, named: 1 } })],
  ["carol polls", (stage) => stage.poll("carol", { user: "carol", member: 1, signals: 1, presence: "count" })],
  ["the server publishes", (stage) => stage.publish()],
  ["carol has it", (stage) => stage.answered("carol")],
  ["carol polls on", (stage) => stage.poll("carol", { user: "carol", member: 1, signals: 1, presence: "count" })],
  [
    "bob signals",
    async (stage) => {
      const query = { connection: stage.stream("bob").welcome.connection };
      await stage.call("POST", "signals", { query, body: { event: "wave", data: 1, user: "bob" } });
      await stage.stream("ann").until(() => stage.stream("ann").dataOf("signal").length === 1, "the signal");
    },
  ],
  ["carol hears it", (stage) => stage.answered("carol")],
  [
    "bob says something of himself",
    async (stage) => {
      const query = { user: "bob", connection: stage.stream("bob").welcome.connection };
      await stage.call("PUT", "presence", { query, body: { data: "busy" } });
      await stage.stream("ann").until(() => stage.stream("ann").dataOf("presence").length === 3, "the change");
    },
  ],
  ["bob breaks off", (stage) => stage.cancel("bob")],
  ["the server publishes meanwhile", (stage) => stage.room.publish({ data: "missed" })],
  [
    "bob is back",
    (stage) => {
      const headers = { "last-event-id": stage.stream("bob").lastId as string };
      return stage.open("bob again", { user: "bob", query: { member: 1 }, headers });
    },
  ],
  [
    "carol polls once more, for what bob missed",
    (stage) => {
      stage.pollBehind("carol", { user: "carol", member: 1, presence: "count" });
      return stage.answered("carol");
    },
  ],
  [
    "the log is cleared",
    async (stage) => {
      await stage.call("DELETE", "messages");
      await stage.stream("ann").until(() => stage.stream("ann").dataOf("gap").length === 1, "the gap");
    },
  ],
  [
    "bob is thrown out",
    async (stage) => {
      await stage.call("DELETE", "connections", { query: { user: "bob" } });
      await stage.stream("bob again").ended();
      await stage.stream("ann").until(() => stage.stream("ann").dataOf("presence").length === 4, "the leave");
    },
  ],
];

/** Plays the session, with a hibernation before each step that `sleepsBefore` names by its number. */
async function play(sleepsBefore: (index: number) => boolean) {
  const stage = new StreamStage(new Room("stream-sleep"));
  const instances = new Set<object>();
  for (const [index, [name, act]] of SESSION.entries()) {
    if (sleepsBefore(index)) await stage.room.hibernate();
    try {
      await act(stage);
    } catch (error) {
      throw new Error(`"${name}" failed`, { cause: error });
    }
    await stage.room.inside((object) => instances.add(object));
  }
  return { observed: stage.observed(), constructions: instances.size };
}

const undisturbed = play(() => false);

test("SSE-2 POLL-2 an undisturbed session tells what it should", async () => {
  const { observed, constructions } = await undisturbed;
  expect(constructions).toBe(1);
  const names = (name: string) => observed[name]?.map((event) => (event as { name: string }).name);
  expect(names("ann")).toEqual([
    ...["welcome", "message", "presence", "presence", "message", "signal", "presence", "message", "gap", "presence"],
  ]);
  expect(names("bob")).toEqual(["welcome", "message"]);
  expect(names("bob again")).toEqual(["welcome", "message", "gap", "end"]);
  expect(observed.carol).toMatchObject([
    { status: 200, body: { messages: [{ data: 2 }], presence: { count: 2 } } },
    { status: 200, body: { messages: [], signals: [{ event: "wave" }], presence: { count: 2 } } },
    { status: 200, body: { messages: [{ data: "missed" }], presence: { count: 2 } } },
  ]);
});

// Before the first step there is no object yet.
test.each(SESSION.slice(1).map(([name], index) => [name, index + 1] as const))(
  "RESUME-2 POLL-3 a hibernation before “%s” loses and doubles nothing, and nobody leaves by it",
  async (_name, position) => {
    const { observed, constructions } = await play((index) => index === position);
    expect(constructions).toBe(2);
    expect(observed).toEqual((await undisturbed).observed);
  },
);

test("RESUME-2 POLL-3 a hibernation before every step loses and doubles nothing", async () => {
  const { observed, constructions } = await play((index) => index > 0);
  expect(constructions).toBe(SESSION.length);
  expect(observed).toEqual((await undisturbed).observed);
});

test("HEART-1 an idle stream and an idle poll let the object sleep, and what comes wakes it for both", async () => {
  const room = new Room("idle");
  await room.publish({ data: 1 });
  const after = (await room.call("GET", "messages")).body.cursor;
  const stream = await openStream(room, { user: "ann", query: { member: 1 } });
  const answer = room.call("GET", "poll", { query: { after, timeout: 60, user: "bob", member: 1 } });
  await until(async () => (await room.call("GET", "presence")).body.count === 2, "both to be there");
  for (let times = 0; times < 3; times++) {
    await room.hibernate();
    expect(await room.wasAsleep()).toBe(true);
    await room.wake();
  }
  await room.hibernate();
  await room.publish({ data: 2 });
  expect((await answer).body.messages).toMatchObject([{ data: 2 }]);
  await stream.until(() => stream.seqs.length === 1, "the message");
  expect((await room.call("GET", "presence")).body.count).toBe(2);
});

describe("RESUME-5 SSE-6 a replay of 1,600 messages in some seven pages", () => {
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
  const full = (async () => {
    const room = new Room("pages");
    await room.fill(1600, 1000);
    const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
    return { room, after: body.cursor.replace(/[0-9]+$/, "0") as string };
  })();
  /** How far the object has sent: where the reader of its only socket stands. */
  const position = (room: Room): Promise<number> =>
    room.inside((_, state) => {
      const [socket] = state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
      return socket?.deserializeAttachment().replay?.position ?? Number.POSITIVE_INFINITY;
    });

  test("is sent only as far as it is read: a page or two ahead", async () => {
    const { room, after } = await full;
    const answer = await requestStream(room, { query: { after } });
    await until(async () => (await position(room)) > 0, "the first page");
    for (let looks = 0; looks < 20; looks++) expect(await position(room)).toBeLessThan(3 * 250);
    expect(await room.wasAsleep()).toBe(false);
    expect(await position(room)).toBeLessThan(3 * 250);
    const stream = readStream(answer);
    await stream.until(() => stream.seqs.length === 1600, "all of it");
    expect(stream.seqs).toEqual(upTo(1600));
    await stream.cancel();
  });

  test("goes on after a sleep before each page, and is live at its end", async () => {
    const { room, after } = await full;
    const answer = await requestStream(room, { query: { after } });
    const instances = new Set<object>();
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!text.includes('"seq":1600,')) {
      await room.wasAsleep();
      text += decoder.decode((await reader.read()).value, { stream: true });
      await room.inside((object) => instances.add(object));
    }
    await room.publish({ data: "live" });
    while (!text.includes('"live"')) text += decoder.decode((await reader.read()).value, { stream: true });
    expect(instances.size).toBeGreaterThan(5);
    expect([...text.matchAll(/^data: \{"seq":(\d+)/gm)].map(([, seq]) => Number(seq))).toEqual(upTo(1601));
    expect(text).not.toContain("event: gap");
    await reader.cancel();
  });
});
