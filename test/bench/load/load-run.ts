/** One run of one scenario against one server: connect, warm up, measure, drain, check, leave. */
import { DeliveryChecker, describeFaults, sumFaults } from "./delivery-checker.ts";
import type { Dialect } from "./dialect.ts";
import { dialectOf } from "./dialects.ts";
import { fill } from "./fill.ts";
import { Histogram } from "./histogram.ts";
import type { LoadJob, LoadResult } from "./job.ts";
import { MAX_PUBLISHERS } from "./marker.ts";
import { startPublishing } from "./pacing.ts";
import { Publisher, rememberedBy } from "./publisher.ts";
import { drain, ratesBetween, snapshot } from "./snapshot.ts";
import { sleep } from "./sockets.ts";
import { connectAll, type Reading, type Subscriber } from "./subscribers.ts";

/** In workerd only an object's own close handler answers a Close of a hibernating socket: R, having none, never does. */
const CLOSE_PATIENCE_MS = 100;
/** Told apart up to here, then only counted: one mistake tends to repeat itself. */
const FAULTS_SHOWN = 5;

export async function runLoad(job: LoadJob, pause: () => Promise<void>): Promise<LoadResult> {
  const { target } = job;
  const dialect = dialectOf(target, job.acks);
  const faults: string[] = [];
  const fault = (reason: string): void => {
    if (faults.length < FAULTS_SHOWN) faults.push(reason);
    else if (faults.length === FAULTS_SHOWN) faults.push("…");
  };
  const latency = new Histogram();
  let measuring = false;

  const { checkers, subscribers } = layOut(job);
  const publishers: Publisher[] = [];
  const acknowledged = (number: number, count: number): void => {
    const publisher = publishers[number];
    if (publisher?.acknowledge(count) !== true) fault(`message ${number}.${count} acknowledged but not in flight`);
    else pacing?.acknowledged(publisher);
  };
  let pacing: ReturnType<typeof startPublishing> | undefined;
  if (job.retained > 0)
    for (let room = 0; room < job.rooms; room++) await fill(target, roomName(job, room), job.retained);
  const connections = await connectAll(subscribers, {
    port: target.port,
    offersDeflate: job.offersDeflate,
    dialect,
    observer: {
      delivered(subscriber, publisher, count, now) {
        subscriber.checker.take(subscriber.numberInRoom, publisher, count);
        if (measuring) latency.record(now - (publishers[publisher]?.sentAt(count) ?? now));
        if (dialect.acknowledgesByEcho && publisherAt(job, subscriber) === publisher) acknowledged(publisher, count);
      },
      acknowledged,
      fault,
    },
  });
  publishers.push(...makePublishers(job, subscribers, connections, dialect));

  pacing = startPublishing(publishers, job.pace);
  await sleep(job.warmupSeconds * 1000);
  if (job.pauses) await pause();
  const before = snapshot(target.serverPid, checkers, connections);
  measuring = true;
  await sleep(job.seconds * 1000);
  measuring = false;
  const after = snapshot(target.serverPid, checkers, connections);
  if (job.pauses) await pause();
  pacing.stop();

  await drain(checkers, publishers, job.subscribersPerRoom);
  const unacknowledged = publishers.reduce((sum, publisher) => sum + publisher.inFlight, 0);
  if (unacknowledged > 0) fault(`${unacknowledged} publishes never acknowledged`);
  await Promise.all(connections.map((connection) => connection.close(CLOSE_PATIENCE_MS)));
  const wrong = describeFaults(sumFaults(checkers.map((checker, room) => checker.finish(publishedIn(room)))));
  if (wrong !== null) faults.unshift(`deliveries: ${wrong}`);
  if (after.delivered === before.delivered) fault("nothing was delivered while it was measured");

  return {
    ...ratesBetween(before, after),
    latency: { p50: latency.quantile(0.5), p99: latency.quantile(0.99) },
    published: publishers.reduce((sum, publisher) => sum + publisher.published, 0),
    delivered: checkers.reduce((sum, checker) => sum + checker.delivered, 0),
    faults,
  };

  function publishedIn(room: number): number[] {
    const first = room * job.publishersPerRoom;
    return publishers.slice(first, first + job.publishersPerRoom).map((publisher) => publisher.published);
  }
}

function layOut(job: LoadJob): { checkers: DeliveryChecker[]; subscribers: Subscriber[] } {
  const { rooms, subscribersPerRoom, publishersPerRoom } = job;
  if (rooms * publishersPerRoom > MAX_PUBLISHERS) throw new Error(`more than ${MAX_PUBLISHERS} publishers`);
  if (publishersPerRoom > subscribersPerRoom)
    throw new Error("publishers are subscribers: there cannot be more of them");
  const checkers = Array.from(
    { length: rooms },
    (_, room) =>
      new DeliveryChecker({
        subscribers: subscribersPerRoom,
        firstPublisher: room * publishersPerRoom,
        publishers: publishersPerRoom,
      }),
  );
  const subscribers = checkers.flatMap((checker, room) =>
    Array.from({ length: subscribersPerRoom }, (_, numberInRoom) => ({
      number: room * subscribersPerRoom + numberInRoom,
      user: (room * subscribersPerRoom + numberInRoom) % (job.users ?? Number.POSITIVE_INFINITY),
      numberInRoom,
      roomName: roomName(job, room),
      transport: numberInRoom < publishersPerRoom ? ("ws" as const) : job.transport,
      checker,
    })),
  );
  return { checkers, subscribers };
}

function roomName({ runName }: LoadJob, room: number): string {
  return `${runName}-${room}`;
}

/** The number of the publisher this subscriber is, or -1. */
function publisherAt(job: LoadJob, { number, numberInRoom }: Subscriber): number {
  if (numberInRoom >= job.publishersPerRoom) return -1;
  const room = (number - numberInRoom) / job.subscribersPerRoom;
  return room * job.publishersPerRoom + numberInRoom;
}

function makePublishers(
  job: LoadJob,
  subscribers: readonly Subscriber[],
  connections: readonly Reading[],
  dialect: Dialect,
): Publisher[] {
  const remembered = rememberedBy(job.rooms * job.publishersPerRoom, "window" in job.pace ? job.pace.window : 0);
  return subscribers.flatMap((subscriber, index) => {
    const number = publisherAt(job, subscriber);
    return number === -1
      ? []
      : [new Publisher(number, dialect.publishText(number), connections[index] as Reading, remembered)];
  });
}
