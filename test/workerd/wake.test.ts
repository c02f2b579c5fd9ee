import { beforeAll, expect, test } from "vitest";
import { type Client, connect } from "./support/client.ts";
import { alarmsSet, type Deed, recording, rowsRead, rowsWritten, statements } from "./support/recorder.ts";
import { Room } from "./support/room.ts";

/** A room with a full log, and 200 members who watch. */
const full = new Room("wake");
const other = new Room("other");
let bob: Client;

beforeAll(async () => {
  await other.wake();
  await full.fill(10_000);
  bob = await connect(full, { user: "bob" });
  const join = (n: number) => connect(full, { user: `user-${n}`, query: { presence: "count" } });
  for (let first = 0; first < 200; first += 50)
    await Promise.all(Array.from({ length: 50 }, (_, n) => join(first + n)));
});

/** What the room does when it wakes for something. */
async function waking(act: () => Promise<unknown>): Promise<Deed[]> {
  await full.hibernate();
  return recording(other, act);
}

test("RESUME-2 a wake with a full log reads a handful of rows, and writes none", async () => {
  const deeds = await waking(() => full.wake());
  expect(statements(deeds)).not.toEqual([]);
  expect(rowsRead(deeds)).toBeLessThanOrEqual(10);
  expect(rowsWritten(deeds)).toBe(0);
  expect(alarmsSet(deeds)).toBe(0);
});

test.each<[string, () => Promise<unknown>]>([
  ["a message", () => bob.request({ type: "publish", event: "say", data: 1 })],
  ["a read of the newest 10", () => full.call("GET", "messages", { query: { limit: 10 } })],
  ["a connection that resumes", () => connect(full, { user: "eve", query: { rewind: 10, member: 0 } })],
  ["a sweep that finds everybody alive", () => full.ring()],
])("RESUME-2 %s after a wake with a full log reads a handful of rows", async (_what, act) => {
  expect(rowsRead(await waking(act))).toBeLessThanOrEqual(20);
});

test("MSG-5 the first chosen id after a wake reads the index once, by rows of many messages", async () => {
  const first = await waking(() => full.publish({ id: "a", data: 1 }));
  expect(rowsRead(first)).toBeLessThanOrEqual(10_000 / 40);
  const second = await recording(full, () => full.publish({ id: "b", data: 1 }));
  expect(rowsRead(second)).toBeLessThanOrEqual(10);
});
