/** B10: what a message costs in a small setting and in a large one, by the server's CPU time: it must stay the same. */
import { generate } from "../load/generator.ts";
import type { LoadResult } from "../load/job.ts";
import { type Row, rowOf } from "../row.ts";
import { type Bench, faultsOf, interleaved, type Measurement, WARMUP_SECONDS } from "./bench.ts";

interface Size {
  rooms: number;
  subscribers: number;
  retained: number;
}

interface Growth {
  title: string;
  unit: string;
  small: Size;
  large: Size;
  /** Into what a message's cost is divided. */
  per: (size: Size) => number;
}

/** So that a room's thousand sockets are not a thousand users' objects as well: 20 connections of each to a room at most. */
const USERS = 50;

/** What counts as the same: two runs of one setting differ by as much on a shared machine. */
const FLAT = 1.25;

const GROWTHS: readonly Growth[] = [
  {
    title: "10,000 retained messages against 100, 1 → 10, one in flight",
    unit: "µs of CPU a message",
    small: { rooms: 1, subscribers: 10, retained: 100 },
    large: { rooms: 1, subscribers: 10, retained: 10_000 },
    per: () => 1,
  },
  {
    title: "1,000 rooms against 10, 1 → 1 in each, one in flight",
    unit: "µs of CPU a message",
    small: { rooms: 10, subscribers: 1, retained: 0 },
    large: { rooms: 1000, subscribers: 1, retained: 0 },
    per: () => 1,
  },
  {
    title: "1,000 subscribers against 100, one in flight",
    unit: "µs of CPU a delivery",
    small: { rooms: 1, subscribers: 100, retained: 0 },
    large: { rooms: 1, subscribers: 1000, retained: 0 },
    per: ({ subscribers }) => subscribers,
  },
];

let runs = 0;

async function run({ servers, options }: Bench, { rooms, subscribers, retained }: Size): Promise<LoadResult> {
  return generate<"load">({
    kind: "load",
    target: await servers.target("edgewire"),
    rooms,
    subscribersPerRoom: subscribers,
    publishersPerRoom: 1,
    pace: { window: 1 },
    acks: "batch",
    transport: "ws",
    offersDeflate: false,
    runName: `B10-${runs++}`,
    users: USERS,
    retained,
    warmupSeconds: WARMUP_SECONDS,
    pauses: false,
    seconds: options.seconds,
  });
}

export const growing: Measurement = {
  id: "B10",
  needsNewServers: true,
  title: "growth",
  async run(bench): Promise<Row[]> {
    const rows: Row[] = [];
    for (const growth of GROWTHS) {
      const sizes = { reference: growth.small, edgewire: growth.large };
      const results = await interleaved(bench, (side) => run(bench, sizes[side]));
      const costs = (side: keyof typeof sizes) =>
        results[side].map(({ serverCpu, deliveriesPerSecond }) => {
          const messages = deliveriesPerSecond / sizes[side].subscribers;
          return ((serverCpu ?? Number.NaN) / messages / growth.per(sizes[side])) * 1e6;
        });
      rows.push(
        rowOf({
          id: "B10",
          title: growth.title,
          unit: growth.unit,
          reference: { name: "small", values: costs("reference") },
          edgewire: costs("edgewire"),
          target: { atMost: FLAT },
          faults: faultsOf(results),
          details: results,
        }),
      );
    }
    return rows;
  },
};
