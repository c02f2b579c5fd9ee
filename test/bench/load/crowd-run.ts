/**
 * Thousands in one room, who come and go within seconds: how long it takes until all are in, until a message has reached
 * all of them, and until those who stay know who has left. A message a second is published all the while, and everybody
 * has to get each from when they came, once and in order.
 */
import { Crowd } from "./crowd.ts";
import { Histogram } from "./histogram.ts";
import { HttpConnection } from "./http-connection.ts";
import type { Target } from "./job.ts";
import { messageName, payloadText } from "./marker.ts";
import { sleep } from "./sockets.ts";

export interface CrowdJob {
  kind: "crowd";
  target: Target;
  /** One where guests may be members. */
  room: string;
  sockets: number;
  presence: "count" | "members";
  /** Published one after the other, each when all have the last. */
  messages: number;
}

/** Times in ms. */
export interface CrowdResult {
  /** Until all are welcomed, and until everybody knows of all. */
  welcomed: number;
  told: number;
  delivery: { p50: number; p99: number; last: number };
  /** Until those who stay know that half have left, and until everybody knows that as many have come again. */
  left: number;
  rejoined: number;
  /** What all together were told of presence while they came. */
  presenceFrames: number;
  presenceMegabytes: number;
  faults: string[];
}

const PATIENCE_MS = 60_000;
const PUBLISH_EVERY_MS = 1000;

/** Pauses when all are in, and again a while later, for the bench to look at the server. */
export async function runCrowd(job: CrowdJob, pause: () => Promise<void>): Promise<CrowdResult> {
  const { target, room, sockets } = job;
  const half = sockets >> 1;
  const crowd = new Crowd({ port: target.port, room, presence: job.presence });
  const publisher = new RoomPublisher(target, room);
  await pause();

  const came = performance.now();
  publisher.start();
  await crowd.open(sockets);
  const welcomed = performance.now() - came;
  await crowd.untilTold(sockets, PATIENCE_MS);
  const told = performance.now() - came;
  await publisher.stop();
  const [presenceFrames, presenceMegabytes] = [crowd.presenceFrames, crowd.presenceBytes / 1e6];
  await pause();
  await pause();

  const latency = new Histogram();
  const lasts: number[] = [];
  for (let n = 0; n < job.messages; n++) {
    const sentAt = performance.now();
    const record = () => latency.record(performance.now() - sentAt);
    const delivered = crowd.untilDelivered(publisher.published, record, PATIENCE_MS);
    await publisher.publish();
    await delivered;
    lasts.push(performance.now() - sentAt);
  }

  const leaving = performance.now();
  publisher.start();
  void crowd.close(half);
  await crowd.untilTold(sockets - half, PATIENCE_MS);
  const left = performance.now() - leaving;
  const coming = performance.now();
  await crowd.open(half);
  await crowd.untilTold(sockets, PATIENCE_MS);
  const rejoined = performance.now() - coming;
  await publisher.stop();
  const last = crowd.untilDelivered(publisher.published, () => {}, PATIENCE_MS);
  await publisher.publish();
  await last;
  crowd.checkFold();
  return {
    welcomed,
    told,
    delivery: { p50: latency.quantile(0.5), p99: latency.quantile(0.99), last: Math.max(...lasts) },
    left,
    rejoined,
    presenceFrames,
    presenceMegabytes,
    faults: [...crowd.faults],
  };
}

/** Publishes over HTTP as the server: numbered messages, one at a time. */
class RoomPublisher {
  readonly #port: number;
  readonly #head: readonly string[];
  #running: Promise<void> | null = null;
  #isStopped = false;
  published = 0;

  constructor({ port, apiKey }: Target, room: string) {
    this.#port = port;
    const fields = [`Authorization: Bearer ${apiKey}`, "Content-Type: application/json"];
    this.#head = [`POST /v1/rooms/${room}/messages HTTP/1.1`, ...fields];
  }

  async publish(): Promise<void> {
    const count = this.published++;
    const body = JSON.stringify({ id: messageName(0, count), data: payloadText(0, count) });
    // One for each: the server closes those that say nothing for five seconds.
    const connection = new HttpConnection(this.#port);
    const answer = await connection.request(this.#head, body);
    connection.close();
    if (answer.status !== 201) throw new Error(`a publish was answered ${answer.status} ${answer.body}`);
  }

  /** Now and then, until it is stopped. */
  start(): void {
    this.#isStopped = false;
    const run = async (): Promise<void> => {
      while (!this.#isStopped) {
        await this.publish();
        await sleep(PUBLISH_EVERY_MS);
      }
    };
    this.#running = run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }
}
