/** From the runs of a scenario to its rows. */
import type { LoadResult } from "./load/job.ts";
import { type Row, rowOf } from "./row.ts";
import type { Measure, Scenario } from "./scenarios.ts";
import { type Spread, spread } from "./statistics.ts";

/** What one pair of runs, the reference's and Edgewire's right after it, gave. */
export interface Round {
  reference: LoadResult;
  edgewire: LoadResult;
}

const FIGURES: Readonly<Record<Measure, { unit: string; of: (result: LoadResult) => number }>> = {
  deliveries: { unit: "thousand deliveries/s", of: ({ deliveriesPerSecond }) => deliveriesPerSecond / 1000 },
  p50: { unit: "ms, p50", of: ({ latency }) => latency.p50 },
  p99: { unit: "ms, p99", of: ({ latency }) => latency.p99 },
};

/** A saturated server takes all of its core; with less than that, others had the rest of it. */
const WHOLE_CORE = 0.9;
const SIDES = ["reference", "edgewire"] as const;

export function judge(scenario: Scenario, rounds: readonly Round[]): Row[] {
  const faults = rounds.flatMap((round, index) =>
    SIDES.flatMap((side) => round[side].faults.map((fault) => `round ${index + 1}, ${side}: ${fault}`)),
  );
  const details = {
    scenario,
    reference: figures(rounds.map(({ reference }) => reference)),
    edgewire: figures(rounds.map(({ edgewire }) => edgewire)),
  };
  return scenario.measures.map((measure) => {
    const { unit, of } = FIGURES[measure];
    return rowOf({
      id: scenario.id,
      title: scenario.title,
      unit,
      reference: { name: scenario.reference, values: rounds.map(({ reference }) => of(reference)) },
      edgewire: rounds.map(({ edgewire }) => of(edgewire)),
      target: scenario.target,
      notes: notesOf(scenario, measure, rounds),
      faults,
      details,
    });
  });
}

function notesOf(scenario: Scenario, measure: Measure, rounds: readonly Round[]): string[] {
  const pair = (of: (result: LoadResult) => number, digits: number) =>
    SIDES.map((side) => spread(rounds.map((round) => of(round[side]))).median.toFixed(digits)).join(" / ");
  const notes = [
    ...(measure === "p50" ? [] : [`p50 ${pair(({ latency }) => latency.p50, 1)} ms`]),
    ...(measure === "p99" ? [] : [`p99 ${pair(({ latency }) => latency.p99, 1)} ms`]),
    `CPU: server ${pair(({ serverCpu }) => serverCpu ?? Number.NaN, 2)}, load ${pair(({ generatorCpu }) => generatorCpu, 2)}`,
  ];
  if (wasDisturbed(scenario, rounds)) {
    const fair = ratioOfCpu(rounds);
    notes.push(`! others used the server's core${fair === null ? "" : `; by CPU time × ${fair.toFixed(2)}`}`);
  }
  return notes;
}

/** If the reference did not get all of its core, the row compares what was left over to each. */
function wasDisturbed({ pace, reference }: Scenario, rounds: readonly Round[]): boolean {
  return "window" in pace && reference === "R" && rounds.some((round) => (round.reference.serverCpu ?? 1) < WHOLE_CORE);
}

/** Edgewire's deliveries for a second of the server's CPU time over R's: holds when others share its core, but hides waiting. */
function ratioOfCpu(rounds: readonly Round[]): number | null {
  const perCpuSecond = ({ deliveriesPerSecond, serverCpu }: LoadResult) =>
    deliveriesPerSecond / (serverCpu ?? Number.NaN);
  const { median } = spread(rounds.map(({ reference, edgewire }) => perCpuSecond(edgewire) / perCpuSecond(reference)));
  return Number.isFinite(median) ? median : null;
}

function figures(results: readonly LoadResult[]): Record<string, Spread | null> {
  const of = (figure: (result: LoadResult) => number): Spread => spread(results.map(figure));
  const serverCpu = results.flatMap((result) => (result.serverCpu === null ? [] : [result.serverCpu]));
  return {
    deliveriesPerSecond: of(({ deliveriesPerSecond }) => deliveriesPerSecond),
    framesPerSecond: of(({ framesPerSecond }) => framesPerSecond),
    megabytesPerSecond: of(({ megabytesPerSecond }) => megabytesPerSecond),
    p50: of(({ latency }) => latency.p50),
    p99: of(({ latency }) => latency.p99),
    generatorCpu: of(({ generatorCpu }) => generatorCpu),
    serverCpu: serverCpu.length === 0 ? null : spread(serverCpu),
  };
}
