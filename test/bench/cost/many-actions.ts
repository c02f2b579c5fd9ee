/** What people do who are in many rooms at a time: by a socket for each room, or by one with subscriptions. */
import type { Client } from "../../support/client.ts";
import type { Way } from "../load/many-run.ts";
import { type Lab, PAYLOAD } from "./lab.ts";
import type { Usage } from "./usage.ts";

export type { Way };

/** ms: a room with subscriptions looks five seconds after a message whether all have it, and writes that down. */
const STILL_MS = 7000;

/** The sockets of a user who has come to those rooms. */
async function come(lab: Lab, way: Way, user: string, rooms: readonly string[]): Promise<Client[]> {
  if (way === "sockets") return Promise.all(rooms.map((room) => lab.join(room, user)));
  const client = await lab.joinInbox(user);
  const answers = await Promise.all(
    rooms.map((room) => client.request({ type: "subscribe", channel: `room:${room}` })),
  );
  const refused = answers.find(({ type }) => type !== "ack");
  if (refused !== undefined) throw new Error(`a subscription was answered ${JSON.stringify(refused)}`);
  return [client];
}

const go = (clients: readonly Client[]) => Promise.all(clients.map((client) => client.close(1000)));

/** A user comes to so many rooms that are there and asleep, and goes again. Not their first time. */
export async function visit(lab: Lab, way: Way, rooms: number): Promise<Usage> {
  const [user, times] = [lab.newName("visitor"), 2];
  const names = Array.from({ length: rooms }, () => lab.newName("room"));
  const sleep = async () => {
    await lab.settled(STILL_MS);
    for (const room of names) await lab.sleep(room);
    await lab.sleepUser(user);
  };
  for (const room of names) await lab.post(room, { data: PAYLOAD });
  await go(await come(lab, way, user, names));
  await sleep();
  return lab.measure(times, async () => {
    for (let n = 0; n < times; n++) {
      await go(await come(lab, way, user, names));
      await sleep();
    }
  });
}

/** A message to a room and its `people`, all asleep. One of them says it. */
export async function message(lab: Lab, way: Way, people: number): Promise<Usage> {
  const [room, times] = [lab.newName("room"), 3];
  await lab.fill(room, 1000);
  const users = Array.from({ length: people }, () => lab.newName("member"));
  const clients = (await Promise.all(users.map((user) => come(lab, way, user, [room])))).flat();
  const [speaker] = clients as [Client];
  const sleep = async () => {
    await lab.settled(STILL_MS);
    await lab.sleep(room);
    for (const user of users) await lab.sleepUser(user);
  };
  await sleep();
  const publish = (n: number) =>
    speaker.request({
      type: "publish",
      id: `m${n}`,
      data: PAYLOAD,
      ...(way === "sockets" ? {} : { channel: `room:${room}` }),
    });
  const has = (client: Client, count: number) =>
    client.frames.flatMap(({ frame }) => (frame.type === "messages" ? frame.messages : [])).length >= count;
  const usage = await lab.measure(
    times,
    async () => {
      for (let n = 0; n < times; n++) {
        await publish(n);
        await Promise.all(clients.map((client) => client.until(() => has(client, n + 1), "the message")));
        await sleep();
      }
    },
    STILL_MS,
  );
  await go(clients);
  return usage;
}

/**
 * A look for the dead, whom nobody watches: in a room of `people`, or of a person at their own socket.
 * `every`: ms from one to the next.
 */
export async function looks(lab: Lab, way: Way, people: number): Promise<{ usage: Usage; every: number }> {
  const [room, times] = [lab.newName("room"), 5];
  const users = Array.from({ length: way === "sockets" ? people : 1 }, () => lab.newName("member"));
  const [first = ""] = users;
  const clients = (await Promise.all(users.map((user) => come(lab, way, user, [room])))).flat();
  const object = way === "sockets" ? `room:${room}` : `user:${first}`;
  const sleep = () => (way === "sockets" ? lab.sleep(room) : lab.sleepUser(first));
  await lab.settled(STILL_MS);
  await sleep();
  await lab.ringIn(object); // what was due once is over: from here on it is what comes again and again
  const { alarmAt } = await lab.facts(object);
  const every = alarmAt === null ? Number.POSITIVE_INFINITY : alarmAt - Date.now();
  const usage = await lab.measure(times, async () => {
    for (let n = 0; n < times; n++) {
      await sleep();
      await lab.ringIn(object);
    }
  });
  await go(clients);
  return { usage, every };
}
