import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heartbeat } from "../bench/cost/actions.ts";
import { Lab, PAYLOAD } from "../bench/cost/lab.ts";
import { Servers } from "../bench/server/servers.ts";

// The counts that `npm run cost` bills, held to what SQLite says it has changed and to what was really asked for.

let lab: Lab;
let servers: Servers;
const folder = mkdtempSync(path.join(tmpdir(), "edgewire-cost-"));

beforeAll(async () => {
  servers = new Servers(folder, fileURLToPath(new URL("../../wrangler.toml", import.meta.url)), false);
  lab = new Lab(await servers.shared("metered"), await servers.target("metered"));
});
afterAll(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** What a room that is in use counted while `act` ran, and what SQLite changed meanwhile. It must not sleep in between. */
async function both(room: string, act: () => Promise<unknown>) {
  await lab.settled();
  await lab.report("POST");
  const before = await lab.facts(`room:${room}`);
  await act();
  await lab.settled();
  const after = await lab.facts(`room:${room}`);
  const report = await lab.report("GET");
  const counts = report.objects[`room:${room}`];
  if (counts === undefined) throw new Error("the room counted nothing");
  expect(counts.wakes).toBe(0);
  return { counts, changed: after.changed - before.changed, edgeRequests: report.edgeRequests };
}

test("rows of messages: as many as SQLite changed, those included that were deleted for them", async () => {
  const room = lab.newName("room");
  await lab.fill(room, 10_000);
  const publisher = await lab.joinAsServer(room);
  const { counts, changed } = await both(room, async () => {
    for (let n = 0; n < 130; n++) await publisher.request({ type: "publish", id: `m${n}`, data: PAYLOAD });
  });
  expect(counts.rowsWritten + counts.alarmsSet).toBe(changed);
  expect(changed).toBeGreaterThan(130); // rows were deleted too
  expect(counts).toMatchObject({ frames: 130, requests: 0, alarms: 0 });
  // The row that is appended to, and little more: a full log's oldest row is not read for each message.
  expect(counts.rowsRead).toBeLessThan(1.2 * 130);
  await publisher.close();
});

test("rows of members and of an alarm that is set: as many as SQLite changed", async () => {
  const room = lab.newName("room");
  await lab.post(room, { data: PAYLOAD });
  const user = lab.newName("user");
  const { counts, changed, edgeRequests } = await both(room, async () => {
    for (let n = 0; n < 5; n++) await (await lab.join(room, `${user}-${n}`)).close(1000);
  });
  // The alarm that the first member needs is a row of SQLite as well.
  expect(counts.rowsWritten + counts.alarmsSet).toBe(changed);
  expect(counts).toMatchObject({ rowsWritten: 10, alarmsSet: 1, requests: 5, frames: 0, alarms: 0 });
  expect(edgeRequests).toBe(5);
});

test("an alarm that is set, and one that rings, are counted where the storage has them", async () => {
  const room = lab.newName("room");
  const { alarmAt: before } = await lab.facts(`room:${room}`);
  expect(before).toBeNull();
  await lab.report("POST");
  const client = await lab.join(room, lab.newName("user"));
  await lab.settled();
  const set = (await lab.report("GET")).objects[`room:${room}`];
  expect(set?.alarmsSet).toBeGreaterThanOrEqual(1);
  expect((await lab.facts(`room:${room}`)).alarmAt).toBeGreaterThan(Date.now());
  await lab.ring(room);
  expect((await lab.report("GET")).objects[`room:${room}`]?.alarms).toBe(1);
  await client.close();
});

test("a wake is counted, and what it reads; a heartbeat is none", async () => {
  const room = lab.newName("room");
  await lab.fill(room, 640);
  const publisher = await lab.joinAsServer(room);
  await lab.settled();
  await lab.sleep(room);
  const usage = await lab.measure(1, () => publisher.request({ type: "publish", id: "wakes it", data: PAYLOAD }));
  expect(usage).toMatchObject({ wakes: 1, frames: 1, rowsWritten: 1 });
  expect(usage.rowsRead).toBeGreaterThanOrEqual(10); // the index of ids: ten rows
  await publisher.close();
  expect(await heartbeat(lab)).toMatchObject({ wakes: 0, frames: 0, requests: 0, rowsRead: 0, busyMs: 0 });
});

test("an object is busy while it has a timer: a second after somebody has left", async () => {
  const room = lab.newName("room");
  await lab.post(room, { data: PAYLOAD });
  const client = await lab.join(room, lab.newName("user"));
  const { busyMs } = await lab.measure(1, () => client.close(1000));
  expect(busyMs).toBeGreaterThan(900); // DEPARTURE_DELAY
});
