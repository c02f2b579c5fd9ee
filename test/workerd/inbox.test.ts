import { afterEach, expect, test } from "vitest";
import { setClock, useRealClock } from "./support/clock.ts";
import { type Device, open, shows, TRANSPORTS, type Transport } from "./support/device.ts";
import { User } from "./support/user.ts";

const devices: Device[] = [];
afterEach(async () => {
  useRealClock();
  await Promise.all(devices.splice(0).map((device) => device.leave()));
});

async function device(transport: Transport, user: User, query: Record<string, string | number> = {}): Promise<Device> {
  const opened = await open(transport, user, { token: await user.token(), query });
  devices.push(opened);
  return opened;
}
const pairs = TRANSPORTS.flatMap((one) => TRANSPORTS.map((other) => [one, other] as const));

const notify = async (user: User, ...data: unknown[]): Promise<string> => {
  let cursor = "";
  for (const one of data) ({ cursor } = (await user.publish({ event: "note", data: one })).body);
  return cursor;
};
const read = async (user: User, cursor: string, query: Record<string, string> = {}) => {
  const token = await user.token();
  const { status, body } = await user.call("PUT", "read", { token, body: { cursor }, query });
  return { status, ...body };
};
const at = (cursor: string, seq: number) => cursor.replace(/\d+$/, String(seq));

test.each(pairs)(
  "INBOX-1 INBOX-2 INBOX-4 what came while nobody was there is unread on a %s and a %s, until one of them reads",
  async (one, other) => {
    const user = new User("alice");
    const cursor = await notify(user, 1, 2, 3);
    const [first, second] = [await device(one, user), await device(other, user)];
    expect([first.inbox, second.inbox]).toEqual(Array(2).fill({ read: at(cursor, 0), unread: 3 }));
    expect(await read(user, cursor)).toEqual({ status: 200, cursor, unread: 0 });
    for (const each of [first, second]) await shows(each, 0, cursor);
    await notify(user, 4);
    for (const each of [first, second]) await shows(each, 1, cursor);
    for (const each of [first, second]) expect(each.data).toEqual([4]);
  },
);

test.each(TRANSPORTS.flatMap((one) => [false, true].map((asleep) => [one, asleep] as const)))(
  "INBOX-4 the one that reads (a %s) is not told of it, all others are (asleep: %s)",
  async (transport, asleep) => {
    const user = new User("alice");
    const cursor = await notify(user, 1, 2);
    const reader = await device(transport, user);
    const others = await Promise.all(TRANSPORTS.map((each) => device(each, user)));
    if (asleep) await user.hibernate();
    await read(user, at(cursor, 1), { connection: reader.connection });
    for (const other of others) await shows(other, 1);
    expect(reader.inbox).toEqual({ read: at(cursor, 0), unread: 2 });
    if (asleep) await user.hibernate();
    await read(user, cursor);
    await shows(reader, 0, cursor);
    if (asleep) await user.hibernate();
    await notify(user, 3);
    for (const each of [reader, ...others]) await shows(each, 1, cursor);
  },
);

test.each(TRANSPORTS)("INBOX-2 one's own messages are never unread (%s)", async (transport) => {
  const user = new User("alice");
  await notify(user, "hers");
  await user.publish({ data: "mine", user: user.id });
  const own = await device(transport, user);
  const backend = await open(transport, user);
  devices.push(backend);
  for (const each of [own, backend]) await shows(each, 1);
  await user.publish({ data: "mine too", user: user.id });
  await user.publish({ data: "theirs" });
  for (const each of [own, backend]) await shows(each, 2);
});

test.each([false, true])("INBOX-3 it never moves back, and is told only when it moves (asleep: %s)", async (asleep) => {
  const user = new User("alice");
  const cursor = await notify(user, 1, 2, 3);
  const [phone] = [await device("ws", user)];
  const sleep = async () => {
    if (asleep) await user.hibernate();
  };
  await sleep();
  expect(await read(user, at(cursor, 2))).toEqual({ status: 200, cursor: at(cursor, 2), unread: 1 });
  for (const other of [at(cursor, 1), at(cursor, 2), at(cursor, 0), "k3f9x2ab-1", "k3f9x2ab-999"]) {
    await sleep();
    expect(await read(user, other)).toEqual({ status: 200, cursor: at(cursor, 2), unread: 1 });
  }
  await sleep();
  expect(await read(user, at(cursor, 4))).toMatchObject({ status: 400, code: "bad_cursor" });
  await sleep();
  expect(await read(user, cursor)).toEqual({ status: 200, cursor, unread: 0 });
  await shows(phone, 0, cursor);
});

test("INBOX-3 the position outlives a crash, and what came meanwhile is counted", async () => {
  const user = new User("alice");
  const cursor = await notify(user, 1, 2);
  await read(user, at(cursor, 1));
  await user.crash();
  expect((await device("ws", user)).inbox).toEqual({ read: at(cursor, 1), unread: 1 });
  await notify(user, 3);
  expect((await device("poll", user)).inbox).toEqual({ read: at(cursor, 1), unread: 2 });
});

test.each([
  ["no body", undefined],
  ["no cursor", {}],
  ["a number", { cursor: 1 }],
  ["nonsense", { cursor: "x" }],
  ["a bad seq", { cursor: "k3f9x2ab-01" }],
  ["an array", [{ cursor: "k3f9x2ab-1" }]],
  ["null", null],
])("INBOX-3 %s is 400", async (_what, body) => {
  const user = new User("alice");
  const options = { token: await user.token(), ...(body === undefined ? {} : { body }) };
  const answer = await user.call("PUT", "read", options);
  expect([400, 415]).toContain(answer.status);
  expect(answer.body.code).toMatch(/^bad_|unsupported/);
  expect(await user.rows("SELECT name FROM sqlite_master WHERE name = 'person'")).toEqual([]);
});

test.each(["clear", "erase"])(
  "INBOX-2 INBOX-3 after a %s nothing is unread, and the old cursors move nothing",
  async (how) => {
    const user = new User("alice");
    const old = await notify(user, 1, 2, 3);
    await read(user, at(old, 1));
    const all = await Promise.all(TRANSPORTS.map((each) => device(each, user)));
    expect((await user.call("DELETE", how === "clear" ? "messages" : "")).status).toBe(204);
    if (how === "clear") for (const each of all) await shows(each, 0);
    const fresh = await notify(user, 4, 5);
    expect(fresh).toMatch(/-2$/);
    if (how === "clear") for (const each of all) await shows(each, 2, at(fresh, 0));
    expect(await read(user, old)).toEqual({ status: 200, cursor: at(fresh, 0), unread: 2 });
    expect(await read(user, at(fresh, 1))).toEqual({ status: 200, cursor: at(fresh, 1), unread: 1 });
  },
);

const DAY = 86_400_000;

test("INBOX-1 RETAIN-1 an inbox collects for 30 days", async () => {
  const start = Date.now();
  setClock(start);
  const user = new User("alice");
  const cursor = await notify(user, "old");
  setClock(start + DAY);
  await notify(user, "new");
  setClock(start + 30 * DAY);
  expect((await device("poll", user, { after: at(cursor, 0) })).data).toEqual(["old", "new"]);
  setClock(start + 30 * DAY + 1);
  expect(await device("poll", user, { after: at(cursor, 0) })).toMatchObject({ data: ["new"], inbox: { unread: 1 } });
  setClock(start + 31 * DAY + 1);
  expect((await device("sse", user)).inbox).toEqual({ read: at(cursor, 0), unread: 0 });
});
