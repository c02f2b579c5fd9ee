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
  /** It makes so many objects, whose databases stay open, that what others have left would be too much. Default: no. */
  needsNewServers?: boolean;
  run(bench: Bench): Promise<Row[]>;
}

/** The servers are shared: after the first round they are warm. */
export const WARMUP_SECONDS = 0.3;

/**
 * Runs each side in every round, in turn, so that what is compared is neighbours in time; and each only when what the last
 * one left behind is done.
 */
export async function interleaved<Result>(
  { servers, options }: Bench,
  run: (side: Side, round: number) => Promise<Result>,
  rounds = options.rounds,
): Promise<Record<Side, Result[]>> {
  const results: Record<Side, Result[]> = { reference: [], edgewire: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of SIDES) {
      await servers.idle();
      results[side].push(await run(side, round));
    }
  }
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
