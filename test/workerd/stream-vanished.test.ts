import { expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { useSettings } from "./support/service.ts";
import { openStream, readStream, requestStream } from "./support/stream.ts";
import { until } from "./support/until.ts";

useSettings({
  STREAM_COMMENT_EVERY: 60_000,
  HEARTBEAT_EVERY: 1000,
  HEARTBEAT_TIMEOUT: 2000,
  NO_HEARTBEAT_TIMEOUT: 2000,
  POLL_GRACE: 5000,
});

const members = async (room: Room): Promise<string[]> =>
  (await room.call("GET", "presence")).body.members.map(({ user }: { user: string }) => user);

test("PRESENCE-7 HEART-2 a member whose stream nobody reads is gone in time, one who reads stays, and so does one who polls", async () => {
  const room = new Room("vanished");
  const gone = await requestStream(room, { user: "gone", query: { member: 1 } });
  const here = await openStream(room, { user: "here", query: { member: 1 } });
  // As long as there is room in the buffers between, whoever is behind them seems to read.
  await room.publish(Array.from({ length: 10 }, () => ({ data: "x".repeat(50_000) })));
  const after = (await room.call("GET", "messages", { query: { limit: 1 } })).body.cursor;
  const poll = room.call("GET", "poll", { query: { after, timeout: 4, user: "polls", member: 1 } });
  await until(async () => (await members(room)).length === 3, "all three");
  await until(async () => (await members(room)).length === 2, "one to go");
  expect(await members(room)).toEqual(["here", "polls"]);
  expect((await poll).status).toBe(200);
  expect(await members(room)).toEqual(["here", "polls"]);
  expect(here.isOver).toBe(false);
  expect(await readStream(gone).ended()).toEqual({ code: 4408, reason: "heartbeat_timeout" });
  await here.cancel();
}, 10_000);
