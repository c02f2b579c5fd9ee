/**
 * The scenarios that every server is run in, each at one window for all. A window is what one publisher may have in
 * flight; it moves with the ack, which of all of these only Edgewire has, or with the publisher's own message coming back.
 */
import { generate } from "../load/generator.ts";
import type { JobPace, LoadResult, Target } from "../load/job.ts";
import { connectTo } from "../measure/connecting.ts";
import { growthOf } from "../measure/idle.ts";
import { type Scenario, scenarios } from "../scenarios.ts";

/** One run. */
export interface Outcome {
  /** In the order of the scenario's `units`. */
  figures: readonly number[];
  /** CPU time over wall time of the load generator: near 1 it was the limit, and the server can do more. */
  generatorCpu: number | null;
  serverCpu: number | null;
  faults: readonly string[];
}

export interface PeerScenario {
  id: string;
  title: string;
  unit: string;
  /** Whether the more the better. */
  isRate: boolean;
  /** On a server that nothing has touched: what it has grown by before would be in the figure. */
  isFresh: boolean;
  run(target: Target, seconds: number): Promise<Outcome>;
}

/** B3's window is one at which the slowest have what is in flight delivered in two seconds. */
const WINDOWS: Readonly<Record<string, number>> = { B1: 512, B3: 4, B4: 1 };
const WARMUP_SECONDS = 0.4;

let runs = 0;

function publishing(id: string): PeerScenario {
  const scenario = scenarios.find((each) => each.id === id) as Scenario;
  const { rooms, subscribersPerRoom, publishersPerRoom, users, acks, transport, offersDeflate } = scenario;
  const isRate = "window" in scenario.pace;
  const pace: JobPace = "window" in scenario.pace ? { window: WINDOWS[id] as number } : scenario.pace;
  return {
    id,
    title: "window" in pace ? `${scenario.title}, window ${pace.window}` : scenario.title,
    unit: isRate ? "thousand deliveries/s" : "ms, p50 | p99",
    isRate,
    isFresh: false,
    async run(target, seconds) {
      const result = await generate<"load">({
        kind: "load",
        target,
        ...{ rooms, subscribersPerRoom, publishersPerRoom, users, acks, transport, offersDeflate, pace },
        runName: `${id}-${runs++}`,
        retained: 0,
        warmupSeconds: WARMUP_SECONDS,
        pauses: false,
        seconds: isRate ? seconds : 2 * seconds,
      });
      return { ...result, figures: isRate ? [result.deliveriesPerSecond / 1000] : latencies(result) };
    },
  };
}

function latencies({ latency }: LoadResult): number[] {
  return [latency.p50, latency.p99];
}

const NOTHING_MORE = { generatorCpu: null, serverCpu: null, faults: [] };

export const peerScenarios: readonly PeerScenario[] = [
  ...["B1", "B3", "B4", "B5", "B5b"].map(publishing),
  {
    id: "B6",
    title: "idle socket, of 2,000 in one room",
    unit: "KiB, resident",
    isRate: false,
    isFresh: true,
    run: async (target) => ({ ...NOTHING_MORE, figures: [await growthOf(target)] }),
  },
  {
    id: "B7",
    title: "2,000 connects of 100 users",
    unit: "ms",
    isRate: false,
    isFresh: false,
    async run(target) {
      const { milliseconds, generatorCpu, serverCpu } = await connectTo(target);
      return { ...NOTHING_MORE, generatorCpu, serverCpu, figures: [milliseconds] };
    },
  },
];
