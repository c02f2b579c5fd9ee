/**
 * One publisher and thousands who listen: how long until all have each message, and what it takes of the server. If asked
 * for, objects that hold the listeners' connections are reset all the while.
 */
import { dialectOf } from "./dialects.ts";
import { Histogram } from "./histogram.ts";
import { HttpConnection } from "./http-connection.ts";
import type { JobPace, LoadResult, Target } from "./job.ts";
import { type Delivered, Listeners } from "./listeners.ts";
import { startPublishing } from "./pacing.ts";
import { Publisher, rememberedBy } from "./publisher.ts";
import { type Rates, ratesBetween, snapshot } from "./snapshot.ts";
import { sleep } from "./sockets.ts";
import { connectAll, type Observer } from "./subscribers.ts";

export interface ListenJob {
  kind: "listen";
  target: Target;
  /** New to the server. */
  room: string;
  listeners: number;
  pace: JobPace;
  warmupSeconds: number;
  seconds: number;
  /** Resets one of the room's relays every so many seconds (of a server that is `faulty`); null: none. */
  resetEverySeconds: number | null;
}

export interface ListenResult extends Delivered, Rates, Pick<LoadResult, "latency" | "published" | "faults"> {
  /** Until all were welcomed, ms. */
  welcomed: number;
  resets: number;
}

const PATIENCE_MS = 30_000;
const COME_BACK_WITHIN_MS = 1000;

/** Pauses when the publisher is there, when all are, when it begins to measure, and when it has measured. */
export async function runListen(job: ListenJob, pause: () => Promise<void>): Promise<ListenResult> {
  const { target, room } = job;
  const latency = new Histogram();
  const faults: string[] = [];
  let isMeasured = false;
  const listeners = new Listeners({
    ...{ target, room, comeBackWithin: job.resetEverySeconds === null ? null : COME_BACK_WITHIN_MS },
    onLive(count) {
      if (isMeasured) latency.record(performance.now() - publisher.sentAt(count));
    },
  });
  const publisher = await publisherTo(job, {
    delivered: () => {},
    acknowledged(_, count) {
      if (!publisher.acknowledge(count)) faults.push(`message ${count} acknowledged but not in flight`);
      pacing?.acknowledged(publisher);
    },
    fault: (reason) => faults.push(`the publisher: ${reason}`),
  });
  await pause();
  const came = performance.now();
  await listeners.open(job.listeners);
  const welcomed = performance.now() - came;
  await pause();
  const pacing = startPublishing([publisher], job.pace);
  await sleep(job.warmupSeconds * 1000);
  await pause();
  const before = snapshot(target.serverPid, [listeners], [listeners]);
  isMeasured = true;
  const end = performance.now() + job.seconds * 1000;
  const resets = job.resetEverySeconds === null ? 0 : await resetRelays(job, job.resetEverySeconds, end);
  await sleepUntil(end);
  isMeasured = false;
  const after = snapshot(target.serverPid, [listeners], [listeners]);
  await pause();
  pacing.stop();
  await listeners.drain(publisher.published, PATIENCE_MS);
  if (publisher.inFlight > 0) faults.push(`${publisher.inFlight} publishes never acknowledged`);
  const delivered = listeners.finish(publisher.published);
  return {
    ...delivered,
    ...ratesBetween(before, after),
    ...{ welcomed, resets, published: publisher.published, faults: [...faults, ...listeners.faults] },
    latency: { p50: latency.quantile(0.5), p99: latency.quantile(0.99) },
  };
}

/** The first who comes: the room itself holds its connection, wherever all others are. */
async function publisherTo({ target, room, pace }: ListenJob, observer: Observer): Promise<Publisher> {
  const dialect = dialectOf(target, "batch");
  const checker = { take: () => {} };
  const itself = { number: 0, user: 0, numberInRoom: 0, roomName: room, transport: "ws" as const, checker };
  const [connection] = await connectAll([itself], { port: target.port, offersDeflate: false, dialect, observer });
  if (connection === undefined) throw new Error("the publisher is not connected");
  const remembered = rememberedBy(1, "window" in pace ? pace.window : 0);
  return new Publisher(0, dialect.publishText(0), connection, remembered);
}

/** One after the other, in an order by chance, until `end`; answers how many. */
async function resetRelays({ target, room }: ListenJob, everySeconds: number, end: number): Promise<number> {
  const wakes = JSON.parse(await ask(target, "GET /fault/wakes")) as Record<string, number>;
  const relays = Object.keys(wakes).filter((name) => name.startsWith("relay:") && name.endsWith(`/${room}`));
  let resets = 0;
  // By the clock: a busy server takes its time to answer a reset.
  for (let [next, due] = [[] as string[], performance.now()]; ; resets++) {
    due += everySeconds * 1000;
    await sleepUntil(Math.min(due, end));
    if (performance.now() >= end) return resets;
    if (next.length === 0) next = [...relays].sort(() => Math.random() - 0.5);
    await ask(target, `POST /fault/reset?of=${next.pop()}`);
  }
}

const sleepUntil = (time: number) => sleep(Math.max(0, time - performance.now()));

async function ask({ port }: Target, what: string): Promise<string> {
  const connection = new HttpConnection(port);
  const { status, body } = await connection.request([`${what} HTTP/1.1`]);
  connection.close();
  if (status !== 200) throw new Error(`${what} was answered ${status} ${body}`);
  return body.toString();
}
