import { expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { outline, recording } from "./support/recorder.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

const RESET = { code: 1006, reason: "WebSocket disconnected without sending Close frame." };

async function brokenRoom(): Promise<{ room: Room; ann: Client; bob: Client }> {
  const room = new Room("reset");
  await room.publish({ data: "first" });
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  await ann.until(() => ann.framesOf("presence").length === 1, "bob's join");
  return { room, ann, bob };
}

async function expectWorking(room: Room, before: { body: { cursor: string } }): Promise<void> {
  const after = await room.publish({ data: "again" });
  expect(after.status).toBe(201);
  expect(after.body.seq).toBe(2);
  expect(after.body.cursor.split("-")[0]).toBe(before.body.cursor.split("-")[0]);
  const { messages } = (await room.call("GET", "messages")).body;
  expect(messages.map(({ data }: { data: string }) => data)).toEqual(["first", "again"]);
}

test("MSG-3 a flush that cannot be written is told to nobody, and ends all connections", async () => {
  const { room, ann, bob } = await brokenRoom();
  const before = await room.call("GET", "messages");
  await breakTable(room, "log");
  const deeds = await recording(room, async () => {
    for (const data of [1, 2, 3]) bob.send({ type: "publish", event: "say", data, ref: `p${data}` });
    expect([await ann.ended(), await bob.ended()]).toEqual([RESET, RESET]);
  });
  expect(outline(deeds).filter((deed) => deed.startsWith("send"))).toEqual([]);
  expect([...ann.seqs, ...bob.seqs, ...bob.answers()]).toEqual([]);
  await mendTable(room);
  await expectWorking(room, before);
});

test("MSG-3 a flush of which only a later row cannot be written leaves nothing of it behind", async () => {
  const { room, ann } = await brokenRoom();
  const before = await room.call("GET", "messages");
  await breakTable(room, "log", "NEW.first_seq > 5");
  const answer = await room.publish(Array.from({ length: 15 }, () => ({ data: "x".repeat(60_000) })));
  expect(answer.status).toBe(503);
  expect(await ann.ended()).toEqual(RESET);
  expect(ann.seqs).toEqual([]);
  await mendTable(room);
  await expectWorking(room, before);
});

test("HTTP-5 a publish whose channel fails is 503 with Retry-After, and the next one is served from the disk", async () => {
  const { room } = await brokenRoom();
  const before = await room.call("GET", "messages");
  await breakTable(room, "log");
  const answer = await room.publish({ data: "lost" });
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ code: "overloaded", retryable: true });
  expect(JSON.stringify(answer.body)).not.toContain("made by a test");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  await mendTable(room);
  await expectWorking(room, before);
});

test("HTTP-5 a connect whose channel fails is 503, and nobody is told of it", async () => {
  const { room, ann, bob } = await brokenRoom();
  await breakTable(room, "members");
  const answer = await room.call("GET", "connect", { query: { user: "carol" }, headers: { upgrade: "websocket" } });
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect([await ann.ended(), await bob.ended()]).toEqual([RESET, RESET]);
  expect(ann.framesOf("presence")).toHaveLength(1);
  await mendTable(room);
  expect((await room.call("GET", "presence")).body.members).toMatchObject([{ user: "ann" }, { user: "bob" }]);
});

test("MSG-3 what was not yet flushed when the object ended was never acknowledged, and is not in the log", async () => {
  const { room, ann, bob } = await brokenRoom();
  const before = await room.call("GET", "messages");
  await holdingTimers(async () => {
    bob.send({ type: "publish", event: "say", data: "lost", ref: "p1" });
    const answer = room.publish({ data: "lost too" });
    await bob.drained();
    await room.crash();
    expect((await answer).status).toBe(503);
  });
  await bob.ended();
  expect([...ann.seqs, ...bob.seqs]).toEqual([]);
  expect(bob.answers().filter(({ ref }) => ref === "p1")).toEqual([]);
  await expectWorking(room, before);
});

test("RESUME-2 a subscriber goes on at its cursor through resets of its room", async () => {
  const room = new Room("resets");
  let cursor = (await room.publish({ data: 0 })).body.cursor as string;
  const seen: number[] = [];
  for (let round = 0; round < 3; round++) {
    const reader = await connect(room, { user: "reader", query: { after: cursor } });
    await room.publish([{ data: "a" }, { data: "b" }]);
    await breakTable(room, "log");
    expect((await room.publish({ data: "lost" })).status).toBe(503);
    await reader.ended();
    await mendTable(room);
    seen.push(...reader.seqs);
    cursor = cursor.replace(/\d+$/, String(seen.at(-1)));
    await room.publish({ data: "missed" });
  }
  expect(seen).toEqual(Array.from({ length: 8 }, (_, index) => index + 2));
});
