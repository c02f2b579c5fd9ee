import { afterEach, expect, test } from "vitest";
import { type Intercepted, intercept } from "./support/calls.ts";
import { call } from "./support/channel.ts";
import { type Client, connect } from "./support/client.ts";
import { setClock, useRealClock } from "./support/clock.ts";
import { alarmsSet, outline, recording, rowsWritten } from "./support/recorder.ts";
import { Room } from "./support/room.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

afterEach(useRealClock);

const PEOPLE = 500;

interface Cost {
  /** Of how many users it was said that they are online. */
  online: number;
  asked: number;
  rowsWritten: number;
  alarms: number;
}

/** One look at all of them, and what it cost. `asked`: the calls to rooms. */
async function costOf(users: readonly User[], rooms: readonly Room[]): Promise<Cost> {
  const calls: Intercepted[] = rooms.map((room) => intercept(room, "whereabouts", ({ proceed }) => proceed()));
  let online = 0;
  const deeds = await recording(rooms[0] as Room, async () => {
    const body = { users: users.map(({ id }) => id) };
    const answer = await call("POST", "https://edge.test/v1/presence", { body });
    expect(answer.status).toBe(200);
    online = Object.values(answer.body.users as Record<string, { online: boolean }>).filter((one) => one.online).length;
  });
  for (const each of calls) each.letGo();
  const asked = calls.reduce((sum, { count }) => sum + count, 0);
  return { online, asked, rowsWritten: rowsWritten(deeds), alarms: alarmsSet(deeds) };
}

test("PEOPLE-4 PEOPLE-3 500 people who are somewhere: what a look costs just after they came, later, and after a crash", async () => {
  const start = Date.now();
  setClock(start);
  const rooms = Array.from({ length: 5 }, () => new Room("room"));
  const users = Array.from({ length: PEOPLE }, () => new User("user"));
  for (let first = 0; first < PEOPLE; first += 50)
    await Promise.all(
      users.slice(first, first + 50).map((user, n) => connect(rooms[n % rooms.length] as Room, { user: user.id })),
    );
  const none = { rowsWritten: 0, alarms: 0 };
  const atOnce = await costOf(users, rooms);
  expect(atOnce).toEqual({ online: PEOPLE, asked: 0, ...none });
  setClock(start + 10_000);
  const later = await costOf(users, rooms);
  expect(later).toEqual({ online: PEOPLE, asked: PEOPLE, ...none });
  expect(await costOf(users, rooms)).toEqual(atOnce); // believed for another ten seconds
  await (rooms[0] as Room).crash();
  const crashed = await costOf(users, rooms);
  // Of each the place goes, and when they were last seen is written.
  expect(crashed).toEqual({ online: 0, asked: PEOPLE, rowsWritten: 2 * PEOPLE, alarms: expect.any(Number) });
  expect(crashed.alarms).toBeLessThanOrEqual(rooms.length);
  expect(await costOf(users, rooms)).toEqual({ online: 0, asked: 0, ...none });
  console.log(`a look at ${PEOPLE} people:`, { atOnce, later, crashed });
}, 60_000);

test("PEOPLE-1 coming somewhere writes one row in the user's object, going two, and neither sets an alarm", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const other = await connect(new Room("elsewhere"), { user: user.id }); // who has tables now
  await other.close(1000);
  const places = async () => (await user.rows("SELECT * FROM places")).length;
  await until(async () => (await places()) === 0, "their leave");
  const member0 = { user: user.id, query: { member: 0 } };
  await room.publish({ data: 1 });
  let client: Client | undefined;
  const coming = await recording(room, async () => {
    client = await connect(room, member0);
  });
  expect(outline(coming)).toEqual(["write places", "send welcome"]);
  expect(rowsWritten(coming)).toBe(1);
  const going = await recording(room, async () => {
    await client?.close(1000);
    await until(async () => (await places()) === 0, "their leave");
  });
  expect(outline(going)).toEqual(["write person", "write places"]);
  expect([rowsWritten(going), alarmsSet(going)]).toEqual([2, 0]);
});
