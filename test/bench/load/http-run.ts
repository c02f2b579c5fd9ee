/** Requests over connections that are kept open, one at a time on each: publishing, or reading a page of history. */
import { cpuSeconds } from "../machine/cpu-time.ts";
import { fill } from "./fill.ts";
import { Histogram } from "./histogram.ts";
import { HttpConnection } from "./http-connection.ts";
import type { Target } from "./job.ts";
import { messageName, payloadText, scanMarkers } from "./marker.ts";
import { sleep } from "./sockets.ts";

export interface HttpJob {
  kind: "http";
  target: Target;
  runName: string;
  connections: number;
  what: "publish" | "history";
  warmupSeconds: number;
  seconds: number;
  /** Pauses when it begins to measure and when it has measured, requesting all the while. */
  pauses: boolean;
}

export interface HttpResult {
  requestsPerSecond: number;
  latency: { p50: number; p99: number };
  generatorCpu: number;
  serverCpu: number | null;
  faults: string[];
}

/** Messages a page holds. */
const PAGE = 50;

export async function runHttp(job: HttpJob, pause: () => Promise<void>): Promise<HttpResult> {
  const { target, runName, what } = job;
  const isEdgewire = target.dialect === "edgewire";
  const path = isEdgewire ? `/v1/rooms/${runName}/messages` : `/table/${runName}`;
  const fields = isEdgewire ? [`Authorization: Bearer ${target.apiKey}`] : [];
  const write = [`POST ${path} HTTP/1.1`, ...fields, "Content-Type: application/json"];
  const read = [`GET ${path}?limit=${PAGE} HTTP/1.1`, ...fields];
  const body = (client: number, count: number) =>
    JSON.stringify({ id: messageName(client, count), data: payloadText(client, count) });

  const faults = new Set<string>();
  const seqs: number[] = [];
  if (what === "history") {
    if (isEdgewire) await fill(target, runName, 2 * PAGE);
    else {
      const filler = new HttpConnection(target.port);
      for (let n = 0; n < 2 * PAGE; n++) await filler.request(write, body(0, n));
      filler.close();
    }
  }
  const latency = new Histogram();
  let [isMeasuring, isStopped, done] = [false, false, 0];
  const client = async (number: number): Promise<void> => {
    const connection = new HttpConnection(target.port);
    for (let count = 0; !isStopped; count++) {
      const start = performance.now();
      const answer =
        what === "publish" ? await connection.request(write, body(number, count)) : await connection.request(read);
      if (isMeasuring) {
        latency.record(performance.now() - start);
        done++;
      }
      if (answer.status !== (what === "publish" ? 201 : 200)) faults.add(`answered ${answer.status} ${answer.body}`);
      else if (what === "publish") seqs.push(Number(/"seq":(\d+)/.exec(answer.body.toString("latin1", 0, 60))?.[1]));
      else if (messagesIn(answer.body) !== PAGE) faults.add(`a page of ${messagesIn(answer.body)} messages`);
    }
    connection.close();
  };
  const clients = Promise.all(Array.from({ length: job.connections }, (_, number) => client(number)));
  await sleep(job.warmupSeconds * 1000);
  if (job.pauses) await pause();
  const [start, own, server] = [performance.now(), process.cpuUsage(), cpuSeconds(target.serverPid)];
  isMeasuring = true;
  await sleep(job.seconds * 1000);
  isMeasuring = false;
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(own);
  const serverNow = cpuSeconds(target.serverPid);
  if (job.pauses) await pause();
  isStopped = true;
  await clients;
  if (what === "publish" && !isGapless(seqs)) faults.add("a message was lost, doubled or numbered twice");
  return {
    requestsPerSecond: done / seconds,
    latency: { p50: latency.quantile(0.5), p99: latency.quantile(0.99) },
    generatorCpu: (used.user + used.system) / 1e6 / seconds,
    serverCpu: server === null || serverNow === null ? null : (serverNow - server) / seconds,
    faults: [...faults].slice(0, 5),
  };
}

function messagesIn(body: Buffer): number {
  let count = 0;
  scanMarkers(body, 0, body.length, { marker: () => count++ });
  return count;
}

/** Whether the answers' seqs are 1, 2, 3 … each once. */
function isGapless(seqs: number[]): boolean {
  return seqs.sort((a, b) => a - b).every((seq, index) => seq === index + 1);
}
