import { describe, expect, it } from "vitest";
import { caughtUp, cursorAt, expectWholeLog, headOf, publishEach } from "../support/readers.ts";
import { tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { seconds } from "../support/tokens.ts";
import { type Transport, transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const service = useSharedService();
/** How late a connection may be ended, and how much longer the end may be on its way, ms. */
const late = 5_000;
const travel = 1_000;
const all = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };

/**
 * Does what ends the reader until it has ended, and returns the end. Once is enough, but a poll may just be between two
 * requests, where nothing can end it.
 */
async function endBy(transport: Transport, reader: Subscriber, act: () => Promise<unknown>) {
  const isOver = async () => {
    await act();
    return Promise.race([
      reader.closed.then(() => true),
      reader.until(() => false, "the end", 1_000).catch(() => false),
    ]);
  };
  if (transport.name === "poll") await until(isOver, { what: "the end of a poll" });
  else await act();
  return reader.closed;
}

describe.concurrent.each(transports)("over $name", (transport) => {
  it("AUTH-9 SSE-5 POLL-4 a connection ends with its token, whose user resumes with a new one", async () => {
    const room = uniqueRoom("expiry");
    const exp = seconds() + 4;
    const reader = await service.subscribe(transport, "reader", room, {}, { token: tokenFor("reader", all, { exp }) });
    await publishEach(service, room, 1, 2);
    expect(await reader.closed).toEqual({ code: 4401, reason: "unauthenticated" });
    const end = Date.now();
    expect([end >= exp * 1000, end < exp * 1000 + late + travel]).toEqual([true, true]);
    await publishEach(service, room, 3, 4);
    await expect(reader.resume()).rejects.toThrow();
    const { options, chain, cursor: after } = reader;
    const back = await transport.connect({ ...options, token: tokenFor("reader"), query: { after } }, chain);
    await expectWholeLog(service, room, [back]);
    back.terminate();
  });

  it("ADMIN-2 SSE-5 POLL-4 one who is thrown out is told so; the others stay, and it is no ban", async () => {
    const room = uniqueRoom("kick");
    const reader = await service.subscribe(transport, "reader", room);
    const other = await service.subscribe(transport, "other", room);
    const kick = () => service.room("DELETE", room, "connections", { query: { user: "reader" } });
    expect(await endBy(transport, reader, kick)).toEqual({ code: 4403, reason: "forbidden" });
    await publishEach(service, room, 1, 2);
    await expectWholeLog(service, room, [other, await reader.resume()]);
  });

  it("ADMIN-3 SSE-5 POLL-4 the end of a room is told, and one who comes back finds another life of it", async () => {
    const room = uniqueRoom("erase");
    const reader = await service.subscribe(transport, "reader", room);
    await publishEach(service, room, 1, 2);
    await caughtUp(service, room, [reader]);
    const after = reader.cursor as string;
    const erase = () => service.room("DELETE", room, "");
    expect(await endBy(transport, reader, erase)).toEqual({ code: 4410, reason: "gone" });
    const back = await reader.resume();
    await back.until(() => back.framesOf("gap").length > 0, "a gap");
    const cursor = await headOf(service, room);
    expect(cursor).not.toBe(cursorAt(after, 0));
    await publishEach(service, room, 1, 1);
    await back.until(({ messages }) => messages.length > 0, "the first message of the new life");
    expect(back.messages).toMatchObject([{ seq: 1, data: { n: 1 } }]);
    expect(back.framesOf("gap")).toEqual([
      { type: "gap", after: reader.cursor, oldest: null, reason: "epoch", cursor },
    ]);
  });
});
