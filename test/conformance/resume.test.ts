import { describe, expect, it } from "vitest";
import { beforeMark, cursorAt, cut, expectWholeLog, publishEach, seqs } from "../support/readers.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { subscriptionsOverHttp, transports } from "../support/transports.ts";

const service = useSharedService();
const rewinding = transports.filter(({ name }) => name !== "poll"); // a poll begins at a cursor, or now

/** Publishes one after the other until told to stop. */
function talk(room: string): () => Promise<void> {
  let talking = true;
  const talks = (async () => {
    for (let n = 1; talking; n++) await publishEach(service, room, n, n);
  })();
  return () => {
    talking = false;
    return talks;
  };
}

describe.concurrent.each([...transports, ...subscriptionsOverHttp])("over $name", (transport) => {
  it.each([0, 1, 4])("RESUME-1 RESUME-2 after seq %i of five the rest comes, and goes on", async (seq) => {
    const room = uniqueRoom("after");
    const head = await service.fill(room, 5);
    const reader = await service.subscribe(transport, "reader", room, { after: cursorAt(head, seq) });
    expect(reader.welcome.resume).toBe("replay");
    await publishEach(service, room, 6, 7);
    await expectWholeLog(service, room, [reader], { after: seq });
  });

  it("RESUME-1 CURSOR-1 after the head, or at no cursor, only what is new comes", async () => {
    const [room, empty] = [uniqueRoom("head"), uniqueRoom("empty")];
    const head = await service.fill(room, 5);
    const readers = [
      await service.subscribe(transport, "reader", room, { after: head }),
      await service.subscribe(transport, "reader", room),
    ];
    for (const { welcome } of readers) expect(welcome).toMatchObject({ resume: "live", cursor: head });
    await publishEach(service, room, 6, 7);
    await expectWholeLog(service, room, readers, { after: 5 });
    const first = await service.subscribe(transport, "reader", empty);
    expect(first.welcome).toMatchObject({ resume: "live", cursor: expect.stringMatching(/-0$/) });
    expect(seqs(await beforeMark(service, empty, await cut(first)))).toEqual([]);
  });

  it("RESUME-2 after a cut while nothing is said, what was said meanwhile comes first", async () => {
    const room = uniqueRoom("idle-cut");
    const reader = await service.subscribe(transport, "reader", room);
    await publishEach(service, room, 1, 2);
    await reader.until(({ messages }) => messages.length === 2, "two messages");
    reader.terminate();
    await reader.closed;
    await publishEach(service, room, 3, 5);
    const back = await reader.resume();
    await publishEach(service, room, 6, 6);
    await expectWholeLog(service, room, [await cut(back)]);
  });

  it("RESUME-5 in twenty cuts under traffic nothing is lost or doubled at the seam of replay and live", async () => {
    const room = uniqueRoom("seam");
    let reader = await service.subscribe(transport, "reader", room);
    const stops = [talk(room), talk(room)];
    for (let n = 1; n <= 20; n++) {
      const enough = 1 + (n % 7);
      await reader.until(({ messages }) => messages.length >= enough, `${enough} messages after cut ${n}`);
      reader = await cut(reader);
    }
    await Promise.all(stops.map((stop) => stop()));
    expect((await expectWholeLog(service, room, [reader])).length).toBeGreaterThanOrEqual(20);
  });

  it("RESUME-2 cut at every message of fifty, nothing is missed, doubled or in another order", async () => {
    const room = uniqueRoom("every-cut");
    let reader = await service.subscribe(transport, "reader", room);
    for (let n = 1; n <= 50; n++) {
      // One in three is said while the reader is away.
      const away = n % 3 === 0 ? publishEach(service, room, n, n) : undefined;
      if (away === undefined) await publishEach(service, room, n, n);
      await reader.until(({ cursor }) => cursor?.endsWith(`-${away === undefined ? n : n - 1}`), `message ${n}`);
      reader = await cut(reader);
      await away;
    }
    expect(await expectWholeLog(service, room, [reader])).toHaveLength(50);
    expect(reader.chain).toHaveLength(51);
  });
});

describe.concurrent.each(rewinding)("over $name", (transport) => {
  it.each([
    [0, []],
    [2, [4, 5]],
    [5, [1, 2, 3, 4, 5]],
    [1000, [1, 2, 3, 4, 5]],
  ])("RESUME-6 rewind=%i shows the last that there are, and is no gap", async (rewind, expected) => {
    const room = uniqueRoom("rewind");
    await service.fill(room, 5);
    const reader = await service.subscribe(transport, "reader", room, { rewind });
    expect(reader.welcome.resume).toBe(rewind === 0 ? "live" : "replay");
    expect(seqs(await beforeMark(service, room, reader))).toEqual(expected);
    expect(reader.framesOf("gap")).toEqual([]);
    await expectWholeLog(service, room, [await cut(reader)], { after: 5 - expected.length });
  });

  it("RESUME-6 rewind in an empty room is live", async () => {
    const room = uniqueRoom("rewind-empty");
    const reader = await service.subscribe(transport, "reader", room, { rewind: 10 });
    expect(reader.welcome.resume).toBe("live");
    expect(seqs(await beforeMark(service, room, reader))).toEqual([]);
  });
});
