/** From the runs of a scenario to its row: medians, ratio to R, target met or not. */
import type { LoadResult, ServerName } from "./load/job.ts";
import type { Scenario, Target } from "./scenarios.ts";
import { type Spread, spread } from "./statistics.ts";

/** What one pair of runs, R's and Edgewire's right after it, gave. */
export type Round = Record<ServerName, LoadResult>;

export interface ServerFigures {
  deliveriesPerSecond: Spread;
  framesPerSecond: Spread;
  megabytesPerSecond: Spread;
  p50: Spread;
  p99: Spread;
  generatorCpu: Spread;
  serverCpu: Spread | null;
}

export interface Row {
  id: string;
  title: string;
  scenario: Scenario;
  reference: ServerFigures;
  edgewire: ServerFigures;
  /** Edgewire's figure over R's in each round (deliveries; of the median latency where a rate is given). */
  ratio: Spread;
  /** The same for deliveries a second of the server's CPU time: holds when others share its core, but hides waiting. */
  ratioOfCpu: number | null;
  target: Target | null;
  met: boolean | null;
  /** Anything here makes the row worthless. */
  faults: string[];
}

export function judge(scenario: Scenario, rounds: readonly Round[]): Row {
  const measure = "window" in scenario.pace ? deliveries : medianLatency;
  const ratio = spread(rounds.map(({ reference, edgewire }) => measure(edgewire) / measure(reference)));
  const faults = rounds.flatMap((round, index) =>
    (["reference", "edgewire"] as const).flatMap((server) =>
      round[server].faults.map((fault) => `round ${index + 1}, ${server}: ${fault}`),
    ),
  );
  return {
    id: scenario.id,
    title: scenario.title,
    scenario,
    reference: figures(rounds.map(({ reference }) => reference)),
    edgewire: figures(rounds.map(({ edgewire }) => edgewire)),
    ratio,
    ratioOfCpu: ratioOfCpu(rounds),
    target: scenario.target,
    met: scenario.target === null ? null : faults.length === 0 && meets(ratio.median, scenario.target),
    faults,
  };
}

function ratioOfCpu(rounds: readonly Round[]): number | null {
  const perCpuSecond = ({ deliveriesPerSecond, serverCpu }: LoadResult) =>
    deliveriesPerSecond / (serverCpu ?? Number.NaN);
  const { median } = spread(rounds.map(({ reference, edgewire }) => perCpuSecond(edgewire) / perCpuSecond(reference)));
  return Number.isFinite(median) ? median : null;
}

function deliveries(result: LoadResult): number {
  return result.deliveriesPerSecond;
}

function medianLatency(result: LoadResult): number {
  return result.latency.p50;
}

function meets(ratio: number, target: Target): boolean {
  return "atLeast" in target ? ratio >= target.atLeast : ratio <= target.atMost;
}

function figures(results: readonly LoadResult[]): ServerFigures {
  const of = (figure: (result: LoadResult) => number): Spread => spread(results.map(figure));
  const serverCpu = results.flatMap((result) => (result.serverCpu === null ? [] : [result.serverCpu]));
  return {
    deliveriesPerSecond: of(deliveries),
    framesPerSecond: of((result) => result.framesPerSecond),
    megabytesPerSecond: of((result) => result.megabytesPerSecond),
    p50: of(medianLatency),
    p99: of((result) => result.latency.p99),
    generatorCpu: of((result) => result.generatorCpu),
    serverCpu: serverCpu.length === 0 ? null : spread(serverCpu),
  };
}
