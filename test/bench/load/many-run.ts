/**
 * People who are in many rooms at a time, each by a socket for every room, or by one socket with subscriptions. What is
 * said in a room comes from a socket of its own, which is no member and does not get it back; so everything that is
 * delivered goes to the people, and both ways are asked for the same.
 */
import type { Connection } from "./connection.ts";
import { DeliveryChecker, describeFaults, sumFaults } from "./delivery-checker.ts";
import type { MessageReader } from "./dialect.ts";
import { dialectOf } from "./dialects.ts";
import { Histogram } from "./histogram.ts";
import type { JobPace, LoadResult, Target } from "./job.ts";
import { startPublishing } from "./pacing.ts";
import { Publisher, rememberedBy } from "./publisher.ts";
import { drain, ratesBetween, snapshot } from "./snapshot.ts";
import { closeAll, openAll, sleep } from "./sockets.ts";
import { SubscriptionReader, subscribeFrames } from "./subscription-dialect.ts";

export type Way = "sockets" | "subscriptions";

export interface ManyJob {
  kind: "many";
  target: Target;
  runName: string;
  way: Way;
  rooms: number;
  /** Each is in all of the rooms. */
  people: number;
  /** Of all rooms' publishers, one in each; null: nobody says anything. */
  pace: JobPace | null;
  warmupSeconds: number;
  seconds: number;
  /** Pauses when the first of them is in all rooms, and when all are; or, if something is said, around what is measured. */
  pauses: boolean;
}

export interface ManyResult extends LoadResult {
  /** ms until all of them were in all rooms, which were there and awake. */
  joined: number;
}

const FAULTS_SHOWN = 5;
/** How long subscriptions may take to be acknowledged. */
const PATIENCE_MS = 20_000;
/** What is under way when the last is in. */
const SETTLE_MS = 300;

export async function runMany(job: ManyJob, pause: () => Promise<void>): Promise<ManyResult> {
  const { target } = job;
  const dialect = dialectOf(target, "batch");
  const faults: string[] = [];
  const fault = (reason: string): void => void (faults.length < FAULTS_SHOWN && faults.push(reason));
  const latency = new Histogram();
  let measuring = false;
  let now = 0;

  const names = Array.from({ length: job.rooms }, (_, room) => `${job.runName}-${room}`);
  const checkers = names.map(
    (_, room) => new DeliveryChecker({ subscribers: job.people, firstPublisher: room, publishers: 1 }),
  );
  const readerOf = (person: number, room: number): MessageReader =>
    dialect.reader(
      {
        delivered: {
          marker(publisher, count) {
            checkers[room]?.take(person, publisher, count);
            if (measuring) latency.record(now - (publishers[publisher]?.sentAt(count) ?? now));
          },
        },
        acknowledged: { marker: () => fault("an ack for somebody who published nothing") },
        ready() {},
        fault,
        reply() {},
      },
      person === 0,
    );

  const sources = await openAll(
    target,
    names.map((room) => ({ path: `${dialect.path(room, job.people)}&member=0&echo=0`, headers: dialect.headers })),
    (room, bytes, start, end) => acks[room]?.read(bytes, start, end),
  );
  const remembered = rememberedBy(job.rooms, job.pace !== null && "window" in job.pace ? job.pace.window : 0);
  const publishers = sources.map((source, room) => new Publisher(room, dialect.publishText(room), source, remembered));
  const acks = publishers.map((publisher, room) =>
    dialect.reader(
      {
        delivered: { marker: () => fault(`a message of room ${room} came back to who published it`) },
        acknowledged: {
          marker(_, count) {
            if (publisher.acknowledge(count)) pacing?.acknowledged(publisher);
            else fault(`message ${room}.${count} acknowledged but not in flight`);
          },
        },
        ready() {},
        fault,
        reply() {},
      },
      false,
    ),
  );
  let pacing: ReturnType<typeof startPublishing> | undefined;

  const join = job.way === "sockets" ? joinBySockets : joinBySubscriptions;
  const people = Array.from({ length: job.people }, (_, person) => ({
    user: `many-${person}`,
    readers: new Map(names.map((room, index) => [room, readerOf(person, index)])),
  }));
  const took = (): void => {
    now = performance.now();
  };
  const start = performance.now();
  const sockets: Connection[] = [];
  const pausesBefore = job.pauses && job.pace === null;
  const parts = pausesBefore ? [people.slice(0, 1), people.slice(1)] : [people];
  for (const part of parts) {
    sockets.push(...(await join({ target, headers: dialect.headers, people: part, took, fault, faults })));
    if (!pausesBefore) continue;
    await sleep(SETTLE_MS);
    await pause();
  }
  const joined = performance.now() - start;

  if (job.pace !== null) pacing = startPublishing(publishers, job.pace);
  await sleep(job.warmupSeconds * 1000);
  if (job.pauses && !pausesBefore) await pause();
  const before = snapshot(target.serverPid, checkers, sockets);
  measuring = true;
  await sleep(job.seconds * 1000);
  measuring = false;
  const after = snapshot(target.serverPid, checkers, sockets);
  if (job.pauses && !pausesBefore) await pause();
  pacing?.stop();

  await drain(checkers, publishers, job.people);
  const unacknowledged = publishers.reduce((sum, { inFlight }) => sum + inFlight, 0);
  if (unacknowledged > 0) fault(`${unacknowledged} publishes never acknowledged`);
  await closeAll([...sockets, ...sources]);
  const found = checkers.map((checker, room) => checker.finish([publishers[room]?.published ?? 0]));
  const wrong = describeFaults(sumFaults(found));
  if (wrong !== null) faults.unshift(`deliveries: ${wrong}`);
  if (job.pace !== null && after.delivered === before.delivered) fault("nothing was delivered while it was measured");
  return {
    ...ratesBetween(before, after),
    joined,
    latency: { p50: latency.quantile(0.5), p99: latency.quantile(0.99) },
    published: publishers.reduce((sum, { published }) => sum + published, 0),
    delivered: checkers.reduce((sum, { delivered }) => sum + delivered, 0),
    faults,
  };
}

interface Joining {
  target: Target;
  headers: readonly string[];
  people: readonly { user: string; readers: ReadonlyMap<string, MessageReader> }[];
  /** Called before each frame is read. */
  took(): void;
  fault(reason: string): void;
  /** So far. */
  faults: readonly string[];
}

/** Resolves with the sockets when everybody is welcomed in each room. */
function joinBySockets({ target, headers, people, took }: Joining): Promise<Connection[]> {
  const all = people.flatMap(({ user, readers }) => [...readers].map(([room, reader]) => ({ user, room, reader })));
  return openAll(
    target,
    all.map(({ user, room }) => ({ path: `/v1/rooms/${room}/connect?user=${user}`, headers })),
    (socket, bytes, start, end) => {
      took();
      all[socket]?.reader.read(bytes, start, end);
    },
  );
}

/** Resolves with the sockets when all subscriptions are acknowledged. */
async function joinBySubscriptions({ target, headers, people, took, fault, faults }: Joining): Promise<Connection[]> {
  const { promise: joined, resolve, reject } = Promise.withResolvers<void>();
  let missing = people.reduce((sum, { readers }) => sum + readers.size, 0);
  const timer = setTimeout(
    () => reject(new Error([`${missing} subscriptions were not acknowledged`, ...faults].join("; "))),
    PATIENCE_MS,
  );
  const readers = people.map(
    (person) => new SubscriptionReader(person.readers, () => void (--missing === 0 && resolve()), fault),
  );
  const sockets = await openAll(
    target,
    people.map(({ user }) => ({ path: `/v1/users/${user}/connect?user=${user}`, headers })),
    (socket, bytes, start, end) => {
      took();
      readers[socket]?.read(bytes, start, end);
    },
  );
  for (const [index, { readers: rooms }] of people.entries()) sockets[index]?.write(subscribeFrames([...rooms.keys()]));
  if (missing > 0) await joined;
  clearTimeout(timer);
  return sockets;
}
