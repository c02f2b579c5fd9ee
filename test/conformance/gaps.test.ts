import { describe, expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Gap } from "../support/frames.ts";
import { wholeLog } from "../support/log.ts";
import { caughtUp, cursorAt, headOf, publishEach, seqs } from "../support/readers.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { subscriptionsOverHttp, type Transport, transports } from "../support/transports.ts";
import { kept } from "./settings.ts";

const service = useSharedService();

const begin = (transport: Transport, room: string, after?: string) =>
  service.subscribe(transport, "reader", room, after === undefined ? {} : { after });
const untilGap = (reader: Subscriber) => reader.until(() => reader.framesOf("gap").length > 0, "a gap");

/** Checks what the reader was told of gaps, and that it has all that the log still holds, as the log has it. */
async function expectGaps(room: string, reader: Subscriber, gaps: Gap[]): Promise<void> {
  await caughtUp(service, room, [reader]);
  const told = reader.chain.flatMap((each) => each.framesOf("gap"));
  expect(told).toEqual(gaps.map((gap) => ({ type: "gap", ...gap })));
  const seen = assertExactlyOnce(reader.chain, { gaps: "exact" });
  const log = await wholeLog(service, room);
  expect(seen.slice(seen.length - log.length).map(({ cursor }) => cursor)).toEqual(log.map(({ cursor }) => cursor));
  assertSameLog([log, seen]);
}

describe.concurrent.each([...transports, ...subscriptionsOverHttp])("over $name", (transport) => {
  it("RESUME-3 RETAIN-1 what is no longer retained is told, and then all that is comes", async () => {
    const room = uniqueRoom("few");
    const head = await service.fill(room, 12);
    const after = cursorAt(head, 3);
    const reader = await begin(transport, room, after);
    expect(reader.welcome.resume).toBe("gap");
    await publishEach(service, room, 13, 13);
    await reader.until(({ messages }) => messages.at(-1)?.seq === 13, "the newest");
    expect(seqs(reader.messages)).toEqual([8, 9, 10, 11, 12, 13]);
    expect(reader.framesOf("gap")).toEqual([{ type: "gap", after, oldest: cursorAt(head, 8), reason: "expired" }]);
    assertExactlyOnce(reader.chain, { gaps: "exact" });
  });

  it("RESUME-3 where just what was seen is gone, there is no gap", async () => {
    const room = uniqueRoom("few");
    const head = await service.fill(room, 12);
    const reader = await begin(transport, room, cursorAt(head, 12 - kept));
    expect(reader.welcome.resume).toBe("replay");
    await expectGaps(room, reader, []);
    expect(seqs(reader.messages)).toEqual([8, 9, 10, 11, 12]);
  });

  it("RESUME-3 RESUME-2 one who was away too long is told from where to where, each time", async () => {
    const room = uniqueRoom("few");
    let reader = await begin(transport, room);
    const gaps: Gap[] = [];
    for (const seen of [2, 14]) {
      await publishEach(service, room, seen - 1, seen);
      await reader.until(({ cursor }) => cursor?.endsWith(`-${seen}`), `message ${seen}`);
      reader.terminate();
      await reader.closed;
      const head = await service.fill(room, 10);
      gaps.push({ after: cursorAt(head, seen), oldest: cursorAt(head, seen + 10 - kept + 1), reason: "expired" });
      reader = await reader.resume();
      expect(reader.welcome.resume).toBe("gap");
    }
    await expectGaps(room, reader, gaps);
  });

  it("RESUME-3 a cursor of another life of the log is told, in a room with messages and in an empty one", async () => {
    const [room, empty] = [uniqueRoom("epoch"), uniqueRoom("epoch-empty")];
    const after = "zzzzzzzz-3";
    const head = await service.fill(room, 3);
    await expectGaps(room, await begin(transport, room, after), [
      { after, oldest: cursorAt(head, 1), reason: "epoch" },
    ]);
    const reader = await begin(transport, empty, after);
    await untilGap(reader);
    const cursor = await headOf(service, empty);
    await publishEach(service, empty, 1, 2);
    await expectGaps(empty, reader, [{ after, oldest: null, reason: "epoch", cursor }]);
  });

  it("RESUME-3 a cursor beyond the head is told, in a room with messages and in an empty one", async () => {
    const [room, empty] = [uniqueRoom("ahead"), uniqueRoom("ahead-empty")];
    const head = await service.fill(room, 3);
    const after = cursorAt(head, 4);
    await expectGaps(room, await begin(transport, room, after), [
      { after, oldest: cursorAt(head, 1), reason: "ahead" },
    ]);
    const cursor = await headOf(service, empty);
    const beyond = cursorAt(cursor, 2 ** 53 - 1);
    const reader = await begin(transport, empty, beyond);
    await untilGap(reader);
    await publishEach(service, empty, 1, 2);
    await expectGaps(empty, reader, [{ after: beyond, oldest: null, reason: "ahead", cursor }]);
  });

  it("RESUME-4 ADMIN-1 a log that is cleared is told to who reads it, who stays and goes on", async () => {
    const room = uniqueRoom("cleared");
    const reader = await begin(transport, room);
    const gaps: Gap[] = [];
    for (const _ of [1, 2]) {
      await publishEach(service, room, 1, 3);
      await caughtUp(service, room, [reader]);
      const after = reader.cursor as string;
      expect((await service.room("DELETE", room, "messages")).status).toBe(204);
      const cursor = await headOf(service, room);
      gaps.push({ after, oldest: null, reason: "epoch", cursor });
      await reader.until(() => reader.cursor === cursor, "the new epoch");
    }
    expect(reader.isOpen).toBe(true);
    await publishEach(service, room, 1, 2);
    await expectGaps(room, reader, gaps);
    expect(seqs(reader.messages)).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
  });

  it("RESUME-3 ADMIN-1 a log that was cleared meanwhile is told to who comes back", async () => {
    const room = uniqueRoom("cleared-away");
    const reader = await begin(transport, room);
    await publishEach(service, room, 1, 3);
    await caughtUp(service, room, [reader]);
    const after = reader.cursor as string;
    reader.terminate();
    await reader.closed;
    await service.room("DELETE", room, "messages");
    const cleared = await headOf(service, room);
    const back = await reader.resume();
    await untilGap(back);
    back.terminate();
    await publishEach(service, room, 1, 2);
    await expectGaps(room, await back.resume(), [{ after, oldest: null, reason: "epoch", cursor: cleared }]);
  });
});
