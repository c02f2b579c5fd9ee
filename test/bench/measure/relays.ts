/**
 * A room whose listeners are held by relays, against the same room in one object: 1,000 and as many of 10,000 as a process
 * may have files for; and the same with a relay reset every few seconds. Only if named (`relays`): it takes minutes.
 *
 * All objects of a workerd share one thread here, so what relays are for does not show: that each has a thread of its own,
 * near its listeners. What shows is what relaying costs besides, of which `npm run scale` makes the rest.
 */
import { guestIdOf } from "../../../src/protocol/address.ts";
import { REGIONS } from "../../../src/protocol/relay.ts";
import { ranked } from "../../../src/transport/rendezvous.ts";
import { call } from "../../support/http.ts";
import { generate } from "../load/generator.ts";
import type { JobPace } from "../load/job.ts";
import type { ListenResult } from "../load/listen-run.ts";
import { cpuSeconds } from "../machine/cpu-time.ts";
import { residentKiB } from "../machine/memory.ts";
import { socketsAllowed } from "../machine/open-files.ts";
import { type Row, rowOf } from "../row.ts";
import type { WorkerdName } from "../server/configuration.ts";
import { type Bench, faultsOf, interleaved, type Measurement, type Side } from "./bench.ts";

const [FEW, SOME, MANY] = [45, 1000, 10_000];
const RATE = 10;
const SECONDS = { warmup: 1, rate: 10, full: 3, endurance: 150 };
const WINDOW = 256;
const RESET_EVERY_SECONDS = 3;

/** The publisher, who comes first, is always held by the room; listeners by one relay of each region. */
const SETTINGS: Readonly<Record<Side, Record<string, string>>> = {
  reference: { RELAY_ABOVE: "32768", CONNECTIONS: "12000" },
  edgewire: { RELAY_ABOVE: "1", RELAY_REGIONS: "by user" },
};

interface Run extends ListenResult {
  kibPerSocket: number;
  /** Rows written and alarms set, a message: all objects; NaN unless the server is `metered`. */
  rowsPerMessage: number;
  /** µs of the server's CPU for a message and all that it brings about, and for a connect, the Worker's part included. */
  cpuPerMessage: number;
  cpuPerConnect: number;
}

interface What {
  listeners: number;
  pace: JobPace;
  seconds: number;
  server?: WorkerdName;
  resetEverySeconds?: number;
}

const steady = (listeners: number): What => ({
  listeners,
  pace: { messagesPerSecond: RATE },
  seconds: SECONDS.rate,
});

async function run({ servers }: Bench, side: Side, what: What): Promise<Run> {
  const { listeners, pace, seconds, server: name = "edgewire", resetEverySeconds = null } = what;
  const server = await servers.fresh(name, { settings: SETTINGS[side], keepsObjects: true });
  const memory: number[] = [];
  const cpu: number[] = [];
  const rows: number[] = [];
  const look = async (pause: number): Promise<void> => {
    if (pause < 2) {
      memory.push(residentKiB(server.pid) ?? Number.NaN);
      cpu.push(cpuSeconds(server.pid) ?? Number.NaN);
    } else if (name === "metered") rows.push(await rowsWritten(server.port));
  };
  try {
    const target = servers.targetOf(server, name);
    const result = await generate<"listen">(
      {
        kind: "listen",
        ...{ target, room: "relayed", listeners, pace, seconds, resetEverySeconds },
        warmupSeconds: SECONDS.warmup,
      },
      look,
    );
    const grown = ([before = Number.NaN, after = Number.NaN]: number[]) => after - before;
    const messages = result.deliveriesPerSecond / listeners;
    return {
      ...result,
      kibPerSocket: grown(memory) / listeners,
      cpuPerConnect: (grown(cpu) / listeners) * 1e6,
      rowsPerMessage: grown(rows) / (messages * seconds),
      cpuPerMessage: ((result.serverCpu ?? Number.NaN) / messages) * 1e6,
    };
  } finally {
    await server.stop();
  }
}

interface Counted {
  objects: Record<string, { rowsWritten: number; alarmsSet: number }>;
}

async function rowsWritten(port: number): Promise<number> {
  const { body } = await call<Counted & Record<string, unknown>>("GET", `http://127.0.0.1:${port}/usage`);
  return Object.values(body.objects).reduce((sum, { rowsWritten, alarmsSet }) => sum + rowsWritten + alarmsSet, 0);
}

type Results = Record<Side, Run[]>;

function rowFor(title: string, unit: string, results: Results, of: (run: Run) => number, notes: string[] = []): Row {
  return rowOf({
    ...{ id: "relays", title, unit, target: null, notes },
    reference: { name: "one object", values: results.reference.map(of) },
    edgewire: results.edgewire.map(of),
    faults: faultsOf(results),
    details: results,
  });
}

/** Notes that say the same of both sides. */
const both = (what: string, { reference, edgewire }: Results, of: (run: Run) => number, digits: number) =>
  `${what} ${[reference, edgewire].map((runs) => (runs[0] === undefined ? "–" : of(runs[0]).toFixed(digits))).join(" / ")}`;

function steadyRows(results: Results, listeners: number): Row[] {
  const title = `${listeners.toLocaleString("en-US")} listeners, ${RATE} msg/s`;
  return [
    rowFor(`${title}, publish to listener`, "ms, p50", results, ({ latency }) => latency.p50, [
      both("CPU of the server", results, ({ serverCpu }) => serverCpu ?? Number.NaN, 2),
      both("of the load", results, ({ generatorCpu }) => generatorCpu, 2),
      both(
        "messages a frame",
        results,
        ({ deliveriesPerSecond, framesPerSecond }) => deliveriesPerSecond / framesPerSecond,
        1,
      ),
      both(
        "µs of CPU a frame",
        results,
        ({ serverCpu, framesPerSecond }) => ((serverCpu ?? Number.NaN) / framesPerSecond) * 1e6,
        0,
      ),
    ]),
    rowFor(`${title}, publish to listener`, "ms, p99", results, ({ latency }) => latency.p99),
    rowFor(`${title}, a message to all`, "ms of CPU", results, ({ cpuPerMessage }) => cpuPerMessage / 1000),
    rowFor(`${title}, resident memory`, "KiB a socket", results, ({ kibPerSocket }) => kibPerSocket),
    rowFor(`${title}, all come`, "ms until welcomed", results, ({ welcomed }) => welcomed, [
      both("µs of CPU each", results, ({ cpuPerConnect }) => cpuPerConnect, 0),
    ]),
  ];
}

/** Of the first listeners of a run: how many relays hold them. */
function relaysOf(listeners: number): number {
  const users = Array.from({ length: listeners }, (_, number) => guestIdOf(`listener-${number}`));
  return new Set(users.map((user) => ranked(user, REGIONS)[0])).size;
}

/** What the model of `npm run scale` reckons with: each figure is the difference of two neighbouring runs. */
function unitRows(few: Results, some: Results): Row[] {
  const relays = relaysOf(FEW);
  const row = (title: string, of: (few: Run, some: Run, fewInOne: Run) => number) =>
    rowOf({
      ...{ id: "relays", title, unit: "µs of CPU", target: null },
      edgewire: few.edgewire.map((each, round) => of(each, some.edgewire[round] as Run, few.reference[round] as Run)),
    });
  const perListener = (one: Run, other: Run) => (other.cpuPerMessage - one.cpuPerMessage) / (SOME - FEW);
  return [
    row("a batch to a relay: both ends, its row and its commit", (over, _, inOne) => {
      // What came while a batch was out went with the next: then there are fewer batches than messages.
      const batches = (relays * over.framesPerSecond) / over.deliveriesPerSecond;
      return (over.cpuPerMessage - inOne.cpuPerMessage) / batches;
    }),
    row(`a delivery at a relay, of ${Math.round(SOME / REGIONS.length)} each`, perListener),
    rowOf({
      ...{ id: "relays", title: `a delivery at one object, of ${SOME}`, unit: "µs of CPU", target: null },
      edgewire: few.reference.map((each, round) => perListener(each, some.reference[round] as Run)),
    }),
  ];
}

async function endurance(bench: Bench, listeners: number): Promise<Row> {
  const result = await run(bench, "edgewire", {
    ...steady(listeners),
    ...{ seconds: SECONDS.endurance, server: "faulty", resetEverySeconds: RESET_EVERY_SECONDS },
  });
  const { deliveries, lost, doubled, reordered, resets, cut, resumed, refused, resumes, caughtUp, latency } = result;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return rowOf({
    id: "relays-cut",
    title: `${listeners.toLocaleString("en-US")} listeners over relays, ${RATE} msg/s for ${SECONDS.endurance} s, one relay reset every ${RESET_EVERY_SECONDS} s: lost, doubled or out of order`,
    unit: "deliveries",
    edgewire: [lost + doubled + reordered],
    target: { atMost: 0 },
    notes: [
      `${result.published.toLocaleString("en-US")} messages, ${deliveries.toLocaleString("en-US")} deliveries`,
      `lost ${lost}, doubled ${doubled}, reordered ${reordered}`,
      `${resets} resets, ${cut} cut, ${resumed} resumed (${Object.entries(resumes)
        .map(([how, times]) => `${how} ${times}`)
        .join(", ")}), ${refused} tries refused`,
      `those who were cut had everything after p50 ${seconds(caughtUp.p50)}, p99 ${seconds(caughtUp.p99)}, at most ${seconds(caughtUp.most)}`,
      `all others p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms`,
      `CPU: server ${result.serverCpu?.toFixed(2)}, load ${result.generatorCpu.toFixed(2)}`,
    ],
    faults: result.faults,
    details: result,
  });
}

export const relays: Measurement = {
  id: "relays",
  title: "listeners over relays against one object",
  async run(bench): Promise<Row[]> {
    const most = socketsAllowed(MANY, 1 + REGIONS.length);
    const few = await interleaved(bench, (side) => run(bench, side, steady(FEW)));
    const some = await interleaved(bench, (side) => run(bench, side, steady(SOME)));
    const many = await interleaved(bench, (side) => run(bench, side, steady(most)), 1);
    const full = { listeners: SOME, pace: { window: WINDOW }, seconds: SECONDS.full };
    const fast = await interleaved(bench, (side) => run(bench, side, full));
    const counted = await interleaved(bench, (side) => run(bench, side, { ...steady(FEW), server: "metered" }), 1);
    return [
      ...steadyRows(some, SOME),
      ...steadyRows(many, most),
      rowFor(
        `${SOME.toLocaleString("en-US")} listeners, ${WINDOW} in flight`,
        "thousand deliveries/s",
        fast,
        ({ deliveriesPerSecond }) => deliveriesPerSecond / 1000,
        [both("µs of CPU a delivery", fast, ({ cpuPerMessage }) => cpuPerMessage / SOME, 3)],
      ),
      rowFor(
        `${FEW} listeners of ${relaysOf(FEW)} relays, ${RATE} msg/s`,
        "rows written a message",
        counted,
        (one) => one.rowsPerMessage,
      ),
      ...unitRows(few, some),
    ];
  },
};

export const relaysCut: Measurement = {
  id: "relays-cut",
  title: "listeners over relays, which are reset",
  run: async (bench) => [await endurance(bench, socketsAllowed(MANY, 1 + REGIONS.length))],
};
