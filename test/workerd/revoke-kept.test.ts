import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

const erase = (user: User) => user.call("DELETE", "");
const clear = (user: User) => user.call("DELETE", "messages");

test.each<[string, (user: User) => Promise<unknown>]>([
  ["an erasure", erase],
  ["a clear", clear],
  ["an erasure, twice, and a sleep", async (user) => [await erase(user), await erase(user), await user.hibernate()]],
  ["a sleep", (user) => user.hibernate()],
  ["a crash", (user) => user.crash()],
  ["an erasure and a crash", async (user) => [await erase(user), await user.crash()]],
])("REVOKE-3 after %s old tokens are refused still, and younger ones are good", async (_what, then) => {
  const user = new User("alice");
  const [old, same, room] = [await user.token(), await user.token(0), new Room("lobby")];
  await user.publish({ data: 1 });
  await connect(user, { token: old });
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 1 });
  await then(user);
  for (const channel of [room, user]) {
    const statusBy = async (token: string) => (await channel.call("GET", "messages", { token })).status;
    expect([await statusBy(old), await statusBy(same), await statusBy(await user.token(-1))]).toEqual([401, 401, 200]);
  }
});

test("REVOKE-3 an erasure forgets neither where the user is nor whom to tell of a log-out", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  const client = await connect(room, { token: await user.token() });
  const own = await connect(user, { token: await user.token() });
  await erase(user);
  expect(await own.ended()).toEqual({ code: 4410, reason: "gone" });
  await until(async () => (await user.rows("SELECT channel FROM places")).length === 1, "the leave of the own channel");
  expect((await user.call("GET", "connections")).body).toMatchObject([{ channel: room.address }]);
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 1 });
  expect(await client.ended()).toMatchObject({ code: 4401 });
});

test("REVOKE-3 INBOX-3 a log-out takes nothing from the inbox", async () => {
  const user = new User("alice");
  const { cursor } = (await user.publish({ data: 1 })).body;
  await user.publish({ data: 2 });
  await user.call("PUT", "read", { body: { cursor } });
  await user.call("DELETE", "connections");
  const { welcome } = await connect(user, { token: await user.token(-1) });
  expect(welcome).toMatchObject({ read: cursor, unread: 1 });
});
