/** The actions that months are made of. Each is done for real, some times over, and answers what one of them uses. */
import type { Client } from "../../support/client.ts";
import { cpuSeconds } from "../machine/cpu-time.ts";
import { type Lab, PAYLOAD, pause } from "./lab.ts";
import type { Usage } from "./usage.ts";

/** Users joining at a time. */
const AT_ONCE = 20;
/** Connections of one user to one room. */
const PER_USER = 20;

const joinAll = async (lab: Lab, room: string, count: number, query: Record<string, string | number>, perUser = 1) => {
  const user = lab.newName("user");
  const clients: Client[] = [];
  for (let first = 0; first < count; first += AT_ONCE)
    clients.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, n) =>
          lab.join(room, `${user}-${Math.floor((first + n) / perUser)}`, query),
        ),
      )),
    );
  return clients;
};

const closeAll = (clients: readonly Client[]) => Promise.all(clients.map((client) => client.close(1000)));

/** A user comes, and goes again: the room's part, and that of the user's own object. Not their first time. */
export async function visit(lab: Lab, query: Record<string, string | number>): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 4];
  await lab.post(room, { data: PAYLOAD });
  const users = Array.from({ length: count }, () => lab.newName("visitor"));
  const comeAndGo = async (user: string) => (await lab.join(room, user, query)).close(1000);
  for (const user of users) await comeAndGo(user);
  return lab.measure(count, async () => {
    for (const user of users) {
      await comeAndGo(user);
      await lab.settled(); // what one puts off is not to be shared with the next
    }
  });
}

/** A message to a room that sleeps, in which `sockets` are open and 10,000 messages retained. */
export async function messageToSleepingRoom(lab: Lab, sockets: number): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 20];
  await lab.fill(room, 10_000);
  const clients = await joinAll(lab, room, sockets, { presence: "members" }, PER_USER);
  const [speaker] = clients as [Client];
  const usage = await lab.measure(count, async () => {
    for (let n = 0; n < count; n++) {
      await lab.sleep(room);
      await speaker.request({ type: "publish", id: `m${n}`, data: PAYLOAD });
    }
  });
  await closeAll(clients);
  return usage;
}

/** One of many messages that come one after the other to a full room that is awake: old ones are deleted for it. */
export async function messageToQuietRoom(lab: Lab): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 320];
  await lab.fill(room, 10_000);
  const publisher = await lab.joinAsServer(room);
  const usage = await lab.measure(count, async () => {
    for (let n = 0; n < count; n++) await publisher.request({ type: "publish", id: `m${n}`, data: PAYLOAD });
  });
  await publisher.close(1000);
  return usage;
}

/** A message over HTTP, by a user with a token, into a room in which `sockets` watch. */
export async function postToSleepingRoom(lab: Lab, sockets: number): Promise<Usage> {
  const [room, user, count] = [lab.newName("room"), lab.newName("sensor"), 20];
  await lab.fill(room, 10_000);
  const clients = await joinAll(lab, room, sockets, { member: 0 }, PER_USER);
  const usage = await lab.measure(count, async () => {
    for (let n = 0; n < count; n++) {
      await lab.sleep(room);
      await lab.post(room, { id: `m${n}`, data: PAYLOAD }, user);
    }
  });
  await closeAll(clients);
  return usage;
}

/** One of many messages, `perSecond` of them, to a room that is awake and in which `sockets` listen. */
export async function messageAtRate(lab: Lab, perSecond: number, sockets: number): Promise<Usage> {
  const [room, seconds] = [lab.newName("room"), 4];
  await lab.fill(room, 10_000);
  const listeners = await joinAll(lab, room, sockets, { member: 0 }, PER_USER);
  const publisher = await lab.joinAsServer(room);
  const count = perSecond * seconds;
  const usage = await lab.measure(count, async () => {
    const start = performance.now();
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < count; n++) {
      const wait = start + (n * 1000) / perSecond - performance.now();
      if (wait > 1) await pause(wait);
      answers.push(publisher.request({ type: "publish", id: `m${n}`, data: PAYLOAD }, 60_000));
    }
    await Promise.all(answers);
  });
  await closeAll([...listeners, publisher]);
  return usage;
}

/** A signal (typing …) to a room of `sockets` that sleeps. */
export async function signalToSleepingRoom(lab: Lab, sockets: number): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 20];
  await lab.post(room, { data: PAYLOAD });
  const clients = await joinAll(lab, room, sockets, {}, PER_USER);
  const [speaker] = clients as [Client];
  const usage = await lab.measure(count, async () => {
    for (let n = 0; n < count; n++) {
      await lab.sleep(room);
      await speaker.request({ type: "signal", event: "typing", data: true });
    }
  });
  await closeAll(clients);
  return usage;
}

/** A heartbeat on each of some sockets of a room that sleeps. */
export async function heartbeat(lab: Lab): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 50];
  const clients = await joinAll(lab, room, count, {});
  await lab.settled();
  await lab.sleep(room);
  const usage = await lab.measure(count, async () => {
    for (const client of clients) client.send("ping");
    await Promise.all(clients.map((client) => client.until(() => client.pongs > 0, "its pong")));
  });
  await closeAll(clients);
  return usage;
}

/** ms until the alarm of a room rings that has `members`; infinite: it is not set. */
export async function alarmIn(lab: Lab, members: number): Promise<number> {
  const room = lab.newName("room");
  const clients = await joinAll(lab, room, Math.max(members, 1), {});
  await lab.settled();
  if (members === 0) {
    await closeAll(clients);
    await lab.settled();
  }
  await lab.sleep(room); // as it is when an alarm rings
  const now = Date.now();
  await lab.ring(room); // what was due once is over: from here on it is what comes again and again
  const { alarmAt } = await lab.facts(`room:${room}`);
  await closeAll(clients);
  return alarmAt === null ? Number.POSITIVE_INFINITY : alarmAt - now;
}

/** The look for the dead in a room of `sockets` members that nobody watches. */
export async function sweep(lab: Lab, sockets: number): Promise<Usage> {
  const [room, count] = [lab.newName("room"), 5];
  const clients = await joinAll(lab, room, sockets, {}, PER_USER);
  const usage = await lab.measure(count, async () => {
    for (let n = 0; n < count; n++) {
      await lab.sleep(room);
      await lab.ring(room);
    }
  });
  await closeAll(clients);
  return usage;
}

/** At most what one request takes of the Worker's CPU time, ms: all that the process takes, the object's part included. */
export async function edgeCpu(lab: Lab): Promise<number> {
  const [room, count] = [lab.newName("room"), 200];
  // Of many users: each has a rate.
  const post = (n: number) => lab.post(room, { data: PAYLOAD }, `sensor-${n % 20}`);
  for (let n = 0; n < count; n++) await post(n); // until it is compiled
  const before = cpuSeconds(lab.target.serverPid) ?? Number.NaN;
  for (let n = 0; n < count; n++) await post(n);
  return (((cpuSeconds(lab.target.serverPid) ?? Number.NaN) - before) / count) * 1000;
}

/** Bytes that are stored for a room with 10,000 messages of 128 bytes, and for a user who is in one room. */
export async function sizes(lab: Lab): Promise<{ room: number; user: number }> {
  const [room, user] = [lab.newName("room"), lab.newName("user")];
  await lab.fill(room, 10_000);
  const client = await lab.join(room, user);
  const [{ bytes: ofRoom }, { bytes: ofUser }] = [await lab.facts(`room:${room}`), await lab.facts(`user:${user}`)];
  await client.close(1000);
  return { room: ofRoom, user: ofUser };
}
