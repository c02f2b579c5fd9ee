import { afterEach, expect, test } from "vitest";
import { hold } from "./support/calls.ts";
import type { Channel } from "./support/channel.ts";
import { type Client, connect } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { useSettings } from "./support/service.ts";
import { until } from "./support/until.ts";
import { User } from "./support/user.ts";

// What happens before a leave is told is what these are about.
useSettings({ DEPARTURE_DELAY: 1000 });

const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.closed ?? client.close(1000)));
});

const join = async (room: Channel, user: User): Promise<Client> => {
  const client = await connect(room, { token: await user.token() });
  clients.push(client);
  return client;
};
const where = async (user: User) => (await user.call("GET", "connections")).body;
/** What the user's object has written down, without asking anybody. */
const places = async (user: User) => (await user.rows("SELECT channel FROM places")).map(({ channel }) => channel);
/** They are there, everybody knows it, and a log-out reaches them. */
async function expectThere(user: User, room: Room, client: Client): Promise<void> {
  expect(await where(user)).toMatchObject([{ channel: room.address, connection: client.welcome.connection }]);
  expect(await places(user)).toEqual([room.address]);
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 1 });
  expect(await client.ended()).toEqual({ code: 4401, reason: "unauthenticated" });
}

test("PEOPLE-3 REVOKE-1 who is asked about between two connections, and comes back at once, is there", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  await (await join(room, user)).close(1000);
  expect(await where(user)).toEqual([]);
  await expectThere(user, room, await join(room, user));
});

test("PEOPLE-3 who comes back before their leave was told is there, and the leave is not told any more", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  const left = hold(user, "left", "call");
  await (await join(room, user)).close(1000);
  const back = await join(room, user);
  const elsewhere = new Room("other");
  const witness = hold(user, "left", "call");
  await (await join(elsewhere, user)).close(1000);
  await until(() => witness.waiting === 1, "another leave, a second later");
  expect(left.count).toBe(0);
  witness.release();
  await until(async () => (await places(user)).length === 1, "that leave");
  await expectThere(user, room, back);
});

test("PEOPLE-3 a leave that arrives late, when they are back, takes away nothing", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  await (await join(room, user)).close(1000);
  const left = hold(user, "left", "call");
  await until(() => left.waiting === 1, "the leave");
  const back = await join(room, user);
  left.release();
  await until(() => left.waiting === 0, "its arrival");
  await expectThere(user, room, back);
});

test("PEOPLE-3 REVOKE-1 who is asked about while they come in is there", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  const enter = hold(user, "enter", "answer");
  const coming = join(room, user);
  await until(() => enter.waiting === 1, "the registration");
  await where(user);
  enter.release();
  await expectThere(user, room, await coming);
});

test("PEOPLE-3 a leave from before is not told while they come in again", async () => {
  const [user, witness] = [new User("alice"), new User("bob")];
  const room = new Room("lobby");
  await (await join(room, user)).close(1000);
  await (await join(room, witness)).close(1000);
  await where(user); // the room has to register them again
  const enter = hold(user, "enter", "answer");
  const coming = join(room, user);
  await until(() => enter.waiting === 1, "the registration");
  const [left, witnessed] = [hold(user, "left", "call"), hold(witness, "left", "answer")];
  await until(() => witnessed.waiting === 1, "the leave of the other");
  witnessed.release();
  enter.release();
  const back = await coming;
  expect(left.count).toBe(0);
  await expectThere(user, room, back);
});

test("PEOPLE-3 two devices that come in at once are both there", async () => {
  const user = new User("alice");
  const room = new Room("lobby");
  const enter = hold(user, "enter", "call");
  const coming = [join(room, user), join(room, user)];
  await until(() => enter.waiting === 2, "two registrations");
  enter.release();
  const both = await Promise.all(coming);
  expect(await where(user)).toHaveLength(2);
  await both[0]?.close(1000);
  expect(await where(user)).toHaveLength(1);
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 1 });
});
