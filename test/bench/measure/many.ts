/**
 * Many rooms on one socket against a socket for each: how long it takes to be in all of them, what the hop through the
 * user's object adds, what of a room's speed it costs, and memory. Only if named (`many`, `many-memory`):
 * they answer no target.
 *
 * All objects share one thread here, so a delivery's CPU time in the room, in the user's object and between them adds up;
 * on Cloudflare users' objects are elsewhere, and the room has its own thread for itself.
 */
import { generate } from "../load/generator.ts";
import type { JobPace } from "../load/job.ts";
import type { ManyJob, ManyResult, Way } from "../load/many-run.ts";
import { residentKiB } from "../machine/memory.ts";
import { type Row, rowOf } from "../row.ts";
import { spread } from "../statistics.ts";
import { type Bench, faultsOf, interleaved, type Measurement, type Side, WARMUP_SECONDS } from "./bench.ts";

const ROOMS = 200;
/** In one room, for what links cost a room. */
const PEOPLE = 100;
/** In all rooms, for what a joined room costs in memory. */
const HOLDERS = 11;

const WAYS: Readonly<Record<Side, Way>> = { reference: "sockets", edgewire: "subscriptions" };
const QUIET: JobPace = { messagesPerSecond: 100 };
/** At a rate there is less to count than at full speed. */
const RATE_TIMES = 2;

let runs = 0;

async function run(
  { servers, options }: Bench,
  side: Side,
  rooms: number,
  people: number,
  pace: JobPace,
  onPause?: (pause: number) => Promise<void>,
) {
  const job: ManyJob = {
    kind: "many",
    target: await servers.target("edgewire"),
    runName: `many-${runs++}`,
    way: WAYS[side],
    ...{ rooms, people, pace },
    warmupSeconds: WARMUP_SECONDS,
    seconds: "window" in pace ? options.seconds : options.seconds * RATE_TIMES,
    pauses: onPause !== undefined,
  };
  return generate<"many">(job, onPause);
}

/** What is worth a look with the profiler: one room whose listeners all come through their own objects. */
export function followOnce(bench: Bench, onPause: (pause: number) => Promise<void>): Promise<ManyResult> {
  return run(bench, "edgewire", 1, PEOPLE, { window: 512 }, onPause);
}

/** KiB that the server grows by for each room that somebody joins, their own object's share included. */
async function memory({ servers }: Bench, side: Side): Promise<number> {
  const server = await servers.fresh("edgewire", { keepsObjects: true });
  try {
    const looks: number[] = [];
    const job: ManyJob = {
      kind: "many",
      target: servers.targetOf(server, "edgewire"),
      runName: "many-held",
      way: WAYS[side],
      rooms: ROOMS,
      people: HOLDERS,
      pace: null,
      warmupSeconds: 0,
      seconds: 0,
      pauses: true,
    };
    await generate<"many">(job, async () => void looks.push(residentKiB(server.pid) ?? Number.NaN));
    const [before = Number.NaN, after = Number.NaN] = looks;
    return (after - before) / ((HOLDERS - 1) * ROOMS);
  } finally {
    await server.stop();
  }
}

type Results = Record<Side, ManyResult[]>;

function manyRow(
  title: string,
  unit: string,
  results: Results,
  of: (result: ManyResult) => number,
  { rooms = ROOMS } = {},
): Row {
  const pair = (figure: (result: ManyResult) => number, digits: number) =>
    [results.reference, results.edgewire].map((each) => spread(each.map(figure)).median.toFixed(digits)).join(" / ");
  return rowOf({
    id: "many",
    title,
    unit,
    reference: { name: rooms === 1 ? "a socket each" : `${rooms} sockets`, values: results.reference.map(of) },
    edgewire: results.edgewire.map(of),
    target: null,
    notes: [
      `CPU: server ${pair(({ serverCpu }) => serverCpu ?? Number.NaN, 2)}, load ${pair(({ generatorCpu }) => generatorCpu, 2)}`,
    ],
    faults: faultsOf(results),
    details: results,
  });
}

const p50 = ({ latency }: ManyResult) => latency.p50;
const p99 = ({ latency }: ManyResult) => latency.p99;
const thousands = ({ deliveriesPerSecond }: ManyResult) => deliveriesPerSecond / 1000;
const cpuOfOne = ({ serverCpu, deliveriesPerSecond }: ManyResult) =>
  ((serverCpu ?? Number.NaN) / deliveriesPerSecond) * 1e6;

export const many: Measurement = {
  id: "many",
  title: "200 rooms on one socket",
  async run(bench): Promise<Row[]> {
    // Once each for the compiler, and so that the users' objects exist.
    for (const side of ["reference", "edgewire"] as const) await run(bench, side, ROOMS, 1, QUIET);
    const quiet = await interleaved(bench, (side) => run(bench, side, ROOMS, 1, QUIET));
    const busy = await interleaved(bench, (side) => run(bench, side, ROOMS, 1, { window: 16 }));
    const one = await interleaved(bench, (side) => run(bench, side, 1, PEOPLE, { window: 512 }));
    const steady = await interleaved(bench, (side) => run(bench, side, 1, PEOPLE, QUIET));
    const everywhere = "1 person in 200 rooms";
    const together = "1 room with 100 people";
    return [
      manyRow(`${everywhere}: until they are in all`, "ms", quiet, ({ joined }) => joined),
      manyRow(`${everywhere}, 100 msg/s in all`, "ms, p50", quiet, p50),
      manyRow(`${everywhere}, 100 msg/s in all`, "ms, p99", quiet, p99),
      manyRow(`${everywhere}, all publish, 16 in flight in each`, "thousand deliveries/s", busy, thousands),
      manyRow(`${together}, 1 publisher, 512 in flight`, "thousand deliveries/s", one, thousands, { rooms: 1 }),
      manyRow(`${together}, 100 msg/s`, "ms, p50", steady, p50, { rooms: 1 }),
      manyRow(`${together}, 100 msg/s`, "ms, p99", steady, p99, { rooms: 1 }),
      manyRow(`${together}, 100 msg/s`, "µs of CPU a delivery", steady, cpuOfOne, { rooms: 1 }),
    ];
  },
};

export const holding: Measurement = {
  id: "many-memory",
  title: "200 rooms on one socket: memory",
  async run(bench): Promise<Row[]> {
    const held = await interleaved(bench, (side) => memory(bench, side));
    return [
      rowOf({
        id: "many-memory",
        title: "resident memory of the server, rooms there already",
        unit: "KiB a room joined",
        reference: { name: "a socket each", values: held.reference },
        edgewire: held.edgewire,
        target: null,
        notes: [`${HOLDERS - 1} people come, each into ${ROOMS} rooms; their own objects are included`],
      }),
    ];
  },
};
