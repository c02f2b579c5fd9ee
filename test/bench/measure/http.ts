/** B8: publishing and reading over HTTP, against an object that does one INSERT or one SELECT and nothing else. */
import { generate } from "../load/generator.ts";
import type { HttpJob, HttpResult } from "../load/http-run.ts";
import { type Row, rowOf } from "../row.ts";
import { spread } from "../statistics.ts";
import { type Bench, faultsOf, interleaved, type Measurement, SIDES, WARMUP_SECONDS } from "./bench.ts";

const CONNECTIONS = 32;

let runs = 0;

async function measure(bench: Bench, what: HttpJob["what"], title: string, atLeast: number): Promise<Row> {
  const { servers, options } = bench;
  const results = await interleaved(bench, async (side) =>
    generate<"http">({
      kind: "http",
      target: await servers.target(side),
      runName: `B8-${runs++}`,
      connections: CONNECTIONS,
      what,
      warmupSeconds: WARMUP_SECONDS,
      seconds: options.seconds,
    }),
  );
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
    return [
      await measure(bench, "publish", "HTTP publish, 32 connections (R: one INSERT)", 1),
      await measure(bench, "history", "a page of 50 messages, 32 connections (R: one SELECT)", 0.9),
    ];
  },
};
