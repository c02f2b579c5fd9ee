import { describe, expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog, seenIn } from "../support/chain.ts";
import type { Client } from "../support/client.ts";
import { cursorOf, type Message, positionOf } from "../support/frames.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const count = 5;

/** A room with five messages, and the epoch of its log. */
async function filledRoom(name: string): Promise<{ room: string; epoch: string }> {
  const room = uniqueRoom(name);
  const { epoch } = positionOf(await service.fill(room, count));
  return { room, epoch };
}

/** Waits until one more message comes through, so that anything before it has come too; returns what came before. */
async function beforeMark(room: string, client: Client): Promise<Message[]> {
  await service.publish(room, { event: "mark", data: null });
  await client.until(({ messages }) => messages.at(-1)?.event === "mark", "the mark");
  return client.messages.slice(0, -1);
}

const seqs = (messages: Message[]) => messages.map(({ seq }) => seq);

describe("resume", () => {
  it("RESUME-1 is live at the head", async () => {
    const { room, epoch } = await filledRoom("head");
    const client = await service.join("alice", room, { after: `${epoch}-${count}` });
    expect(client.welcome).toMatchObject({ resume: "live", cursor: `${epoch}-${count}` });
    expect(await beforeMark(room, client)).toEqual([]);
    assertExactlyOnce(client.chain);
  });

  it.each([0, 1, 4])("RESUME-1 replays everything after seq %i", async (seq) => {
    const { room, epoch } = await filledRoom("replay");
    const client = await service.join("alice", room, { after: `${epoch}-${seq}` });
    expect(client.welcome).toMatchObject({ resume: "replay", cursor: `${epoch}-${count}` });
    expect(seqs(await beforeMark(room, client))).toEqual([1, 2, 3, 4, 5].slice(seq));
    expect(client.framesOf("gap")).toEqual([]);
    assertExactlyOnce(client.chain);
  });

  it("RESUME-1 is live with rewind=0 and without either", async () => {
    const { room } = await filledRoom("from-now");
    for (const query of [{ rewind: 0 }, {}]) {
      const client = await service.join("alice", room, query);
      expect(client.welcome.resume).toBe("live");
      expect(await beforeMark(room, client)).toEqual([]);
    }
  });

  it("RESUME-6 replays all there is when rewind asks for more", async () => {
    const { room } = await filledRoom("rewind-all");
    const client = await service.join("alice", room, { rewind: 1000 });
    expect(seqs(await beforeMark(room, client))).toEqual([1, 2, 3, 4, 5]);
    expect(client.framesOf("gap")).toEqual([]);
  });

  it("RESUME-3 tells a gap of another epoch, and then everything retained", async () => {
    const { room, epoch } = await filledRoom("epoch");
    const after = "zzzzzzzz-3";
    const client = await service.join("alice", room, { after });
    expect(client.welcome).toMatchObject({ resume: "gap", cursor: `${epoch}-${count}` });
    expect(seqs(await beforeMark(room, client))).toEqual([1, 2, 3, 4, 5]);
    expect(client.frames[1]?.frame).toEqual({ type: "gap", after, oldest: `${epoch}-1`, reason: "epoch" });
    assertExactlyOnce(client.chain, { gaps: true });
  });

  it("RESUME-3 tells a gap of another epoch in a room where nothing was said", async () => {
    const room = uniqueRoom("epoch-empty");
    const client = await service.join("alice", room, { after: "zzzzzzzz-3" });
    expect(client.welcome.resume).toBe("gap");
    await client.until(({ frames }) => frames.length > 1, "the gap");
    const { cursor } = client.welcome;
    expect(client.frames[1]?.frame).toEqual({
      type: "gap",
      after: "zzzzzzzz-3",
      oldest: null,
      reason: "epoch",
      cursor,
    });
    expect(seqs(await beforeMark(room, client))).toEqual([]);
  });

  it("RESUME-3 tells a gap to one who is ahead of the log, and then everything retained", async () => {
    const { room, epoch } = await filledRoom("ahead");
    const after = `${epoch}-${count + 1}`;
    const client = await service.join("alice", room, { after });
    expect(client.welcome).toMatchObject({ resume: "gap", cursor: `${epoch}-${count}` });
    expect(seqs(await beforeMark(room, client))).toEqual([1, 2, 3, 4, 5]);
    expect(client.frames[1]?.frame).toEqual({ type: "gap", after, oldest: `${epoch}-1`, reason: "ahead" });
    assertExactlyOnce(client.chain, { gaps: true });
  });

  it("CURSOR-1 keeps the cursor of an empty room true", async () => {
    const room = uniqueRoom("empty");
    const { body } = await service.room<{ cursor: string }>("GET", room, "messages");
    expect(positionOf(body.cursor).seq).toBe(0);
    await service.fill(room, 2);
    const client = await service.join("alice", room, { after: body.cursor });
    expect(seqs(await beforeMark(room, client))).toEqual([1, 2]);
    expect(client.framesOf("gap")).toEqual([]);
  });

  it("RESUME-5 neither loses nor doubles at the seam of replay and live, in forty cuts under traffic", async () => {
    const room = uniqueRoom("seam");
    const steady = await service.join("bob", room);
    const talker = await service.joinAs("talker", room, { acks: "batch", echo: 0 });
    let talking = true;
    const talk = async () => {
      for (let n = 0; talking; n++) await talker.request({ type: "publish", data: { n, pad: "x".repeat(n % 700) } });
    };
    const talks = Promise.all([talk(), talk(), talk(), talk()]);
    let client = await service.join("alice", room);
    for (let cut = 0; cut < 40; cut++) {
      const enough = 1 + (cut % 7);
      await client.until(({ messages }) => messages.length >= enough, `${enough} messages`);
      client.terminate();
      await client.closed;
      client = await client.resume();
    }
    talking = false;
    await talks;
    const { body, text } = await service.room<{ cursor: string }>("GET", room, "messages", { query: { limit: 1 } });
    const { epoch } = positionOf(body.cursor);
    const head = cursorOf({ epoch, seq: seenIn({ text, frame: body }, epoch)[0]?.message.seq ?? 0 });
    for (const reader of [client, steady]) await reader.until(({ cursor }) => cursor === head, `the head ${head}`);
    const seen = assertExactlyOnce(client.chain);
    const steadily = assertExactlyOnce(steady.chain);
    assertSameLog([seen, steadily]);
    expect(seen.length).toBeGreaterThan(100);
  });
});
