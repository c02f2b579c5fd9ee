/** B8: publishing and reading over HTTP, against an object that does one INSERT or one SELECT and nothing else. */
import { generate } from "../load/generator.ts";
import type { HttpJob, HttpResult } from "../load/http-run.ts";
import { type Row, rowOf } from "../row.ts";
import { spread } from "../statistics.ts";
import { type Bench, faultsOf, interleaved, type Measurement, SIDES, type Side, WARMUP_SECONDS } from "./bench.ts";

const CONNECTIONS = 32;

let runs = 0;

export const requestings = [
  { what: "publish", title: "HTTP publish, 32 connections (R: one INSERT)", atLeast: 1 },
  { what: "history", title: "a page of 50 messages, 32 connections (R: one SELECT)", atLeast: 0.9 },
] as const;

/** @param onPause called when it begins to measure, and when it has measured */
export async function requestOnce(
  { servers, options }: Bench,
  what: HttpJob["what"],
  side: Side,
  onPause?: (pause: number) => Promise<void>,
): Promise<HttpResult> {
  const job: HttpJob = {
    kind: "http",
    target: await servers.target(side),
    runName: `B8-${runs++}`,
    connections: CONNECTIONS,
    what,
    warmupSeconds: WARMUP_SECONDS,
    seconds: options.seconds,
    pauses: onPause !== undefined,
  };
  return generate<"http">(job, onPause);
}

async function measure(bench: Bench, { what, title, atLeast }: (typeof requestings)[number]): Promise<Row> {
  const results = await interleaved(bench, (side) => requestOnce(bench, what, side));
  const pair = (of: (result: HttpResult) => number, digits: number) =>
    SIDES.map((side) => spread(results[side].map(of)).median.toFixed(digits)).join(" / ");
  return rowOf({
    id: "B8",
    title,
    unit: "requests/s",
    reference: { name: "R", values: results.reference.map(({ requestsPerSecond }) => requestsPerSecond) },
    edgewire: results.edgewire.map(({ requestsPerSecond }) => requestsPerSecond),
    target: { atLeast },
    notes: [
      `p50 ${pair(({ latency }) => latency.p50, 1)} ms`,
      `p99 ${pair(({ latency }) => latency.p99, 1)} ms`,
      `CPU: server ${pair(({ serverCpu }) => serverCpu ?? Number.NaN, 2)}, load ${pair(({ generatorCpu }) => generatorCpu, 2)}`,
    ],
    faults: faultsOf(results),
    details: results,
  });
}

export const http: Measurement = {
  id: "B8",
  title: "HTTP",
  async run(bench) {
    const rows: Row[] = [];
    for (const requesting of requestings) rows.push(await measure(bench, requesting));
    return rows;
  },
};
