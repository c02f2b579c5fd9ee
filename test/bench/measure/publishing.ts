/** The scenarios of `scenarios.ts`: publishers and subscribers at full speed, or at a rate. */
import { judge } from "../judge.ts";
import { generate } from "../load/generator.ts";
import type { JobPace, LoadJob, LoadResult } from "../load/job.ts";
import type { Reference, Scenario } from "../scenarios.ts";
import { type Bench, interleaved, type Measurement, type Side, WARMUP_SECONDS } from "./bench.ts";

const SERVERS = { R: "reference", ws: "ws", "over WebSocket": "edgewire", sink: "sink" } as const satisfies Record<
  Reference,
  string
>;

/** At a rate there is less to count than at full speed: such a run is longer. */
const RATE_TIMES = 2;

export function publishing(scenario: Scenario): Measurement {
  return {
    id: scenario.id,
    title: scenario.title,
    async run(bench) {
      const rounds = scenario.isControl ? 1 : bench.options.rounds;
      const results = await interleaved(bench, (side, nth) => publishOnce(bench, scenario, side, `${nth}`), rounds);
      const pairs = results.reference.map((reference, nth) => ({
        reference,
        edgewire: results.edgewire[nth] as LoadResult,
      }));
      return judge(scenario, pairs);
    },
  };
}

let runs = 0;

/** @param onPause called when it begins to measure, and when it has measured */
export async function publishOnce(
  { servers, options }: Bench,
  scenario: Scenario,
  side: Side,
  name: string,
  onPause?: (pause: number) => Promise<void>,
): Promise<LoadResult> {
  const target = await servers.target(side === "edgewire" ? "edgewire" : SERVERS[scenario.reference]);
  const { pace, rooms, subscribersPerRoom, publishersPerRoom, users, acks, transport, offersDeflate } = scenario;
  const jobPace: JobPace = "window" in pace ? { window: options.window ?? pace.window[side] } : pace;
  const job: LoadJob = {
    kind: "load",
    target,
    ...{ rooms, subscribersPerRoom, publishersPerRoom, users, acks, offersDeflate },
    transport: side === "edgewire" ? transport : "ws",
    pace: jobPace,
    runName: `${scenario.id}-${runs++}-${name}-${side}`,
    retained: 0,
    warmupSeconds: WARMUP_SECONDS,
    seconds: "window" in pace ? options.seconds : options.seconds * RATE_TIMES,
    pauses: onPause !== undefined,
  };
  return generate<"load">(job, onPause);
}
