/** What every measurement is given. */
import type { Options } from "../options.ts";
import type { Row } from "../row.ts";
import type { Servers } from "../server/servers.ts";

export interface Bench {
  servers: Servers;
  options: Options;
}

/** Something the bench measures, in a way of its own. */
export interface Measurement {
  /** As in the table of targets. */
  id: string;
  title: string;
  run(bench: Bench): Promise<Row[]>;
}

export const WARMUP_SECONDS = 0.5;

/** Runs each of `runs` in every round, in turn, so that what is compared is neighbours in time. */
export async function interleaved<Name extends string, Result>(
  rounds: number,
  names: readonly Name[],
  run: (name: Name, round: number) => Promise<Result>,
): Promise<Record<Name, Result[]>> {
  const results = Object.fromEntries(names.map((name): [Name, Result[]] => [name, []])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round++) for (const name of names) results[name].push(await run(name, round));
  return results;
}

export const SIDES = ["reference", "edgewire"] as const;
export type Side = (typeof SIDES)[number];

/** The faults of both sides, each with its round. */
export function faultsOf(results: Record<Side, readonly { faults: readonly string[] }[]>): string[] {
  return SIDES.flatMap((side) =>
    results[side].flatMap(({ faults }, index) => faults.map((fault) => `round ${index + 1}, ${side}: ${fault}`)),
  );
}
