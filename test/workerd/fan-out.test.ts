import { expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { outline, recording } from "./support/recorder.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

async function roomOfTwo(): Promise<{ room: Room; ann: Client; bob: Client }> {
  const room = new Room("fan-out");
  await room.publish({ data: "first" });
  const ann = await connect(room, { user: "ann", query: { presence: "members", member: 0 } });
  return { room, ann, bob: await connect(room, { user: "bob" }) };
}

test("MSG-3 a publish is written before anybody is told and before it is acknowledged", async () => {
  const { room, bob } = await roomOfTwo();
  const deeds = await recording(room, () => bob.request({ type: "publish", event: "say", data: 1 }));
  const [first, ...sent] = outline(deeds);
  expect(first).toBe("write log");
  expect(sent.sort()).toEqual(["send ack", "send messages", "send messages"]);
});

test("MSG-3 all rows of a flush are written before anything of it is told", async () => {
  const { room } = await roomOfTwo();
  const array = Array.from({ length: 15 }, () => ({ data: "x".repeat(60_000) }));
  const deeds = outline(await recording(room, () => room.publish(array)));
  const written = deeds.filter((deed) => deed === "write log").length;
  expect(written).toBeGreaterThan(2);
  expect(deeds.slice(0, written)).toEqual(Array(written).fill("write log"));
  expect(deeds.slice(written)).toEqual(Array(2 * written).fill("send messages"));
});

test.each<[string, string[], (room: Room, bob: Client) => Promise<unknown>]>([
  ["a join", ["write members", "send welcome", "send presence"], (room) => connect(room, { user: "server" })],
  [
    "new member data",
    ["write members", "send presence", "send ack"],
    (_, bob) => bob.request({ type: "presence", data: 1 }),
  ],
  ["a leave", ["send ack", "write members", "send presence"], (_, bob) => bob.request({ type: "leave" })],
  ["a good-bye", ["write members", "send presence"], (_, bob) => bob.close(1000)],
])("MSG-3 PRESENCE-8 %s is written before others are told of it", async (_what, expected, act) => {
  const { room, ann, bob } = await roomOfTwo();
  const deeds = await recording(room, async () => {
    await act(room, bob);
    await ann.until(() => ann.framesOf("presence").length > 1, "the news");
  });
  expect(outline(deeds)).toEqual(expected);
});

test("MSG-3 of what waits for its flush nobody learns anything", async () => {
  const { room, ann, bob } = await roomOfTwo();
  await holdingTimers(async (timers) => {
    bob.send({ type: "publish", event: "say", data: "pending", id: "p1", ref: "mine" });
    await bob.drained();
    const late = await connect(room, { user: "late", query: { rewind: 10, presence: "count" } });
    const history = (await room.call("GET", "messages")).body;
    const retry = room.publish({ id: "p1", event: "say", data: "pending", user: "bob" });
    await ann.drained();

    expect(late.welcome.cursor).toMatch(/-1$/);
    expect(late.seqs).toEqual([1]);
    expect(history.messages).toHaveLength(1);
    expect(history.cursor).toBe(late.welcome.cursor);
    expect([...ann.seqs, ...bob.seqs]).toEqual([]);
    expect(bob.answers().some(({ ref }) => ref === "mine")).toBe(false);

    await timers.fireAll(room);
    expect((await retry).body).toMatchObject({ seq: 2, duplicate: true });
    expect((await retry).status).toBe(200);
    await late.until(() => late.seqs.length === 2, "the message");
    await ann.drained();
    await bob.drained();
    expect([ann.seqs, bob.seqs, late.seqs]).toEqual([[2], [2], [1, 2]]);
    expect(bob.answers().find(({ ref }) => ref === "mine")).toMatchObject({ type: "ack", seq: 2 });
  });
});

test("MSG-3 RESUME-2 what is flushed right after a welcome reaches the newcomer, once", async () => {
  const { room, bob } = await roomOfTwo();
  await holdingTimers(async (timers) => {
    bob.send({ type: "publish", event: "say", data: "pending" });
    await bob.drained();
    const late = await connect(room, { user: "late" });
    await timers.fire(room);
    await late.drained();
    expect(late.welcome.cursor).toMatch(/-1$/);
    expect(late.seqs).toEqual([2]);
  });
});
