import { parseArgs } from "node:util";
import { positive } from "../options.ts";

export const usage = `npm run bench:peers -- [B1 B3 …] [options]
  B1 …          only these scenarios; all (B1, B3, B4, B5, B5b, B6, B7) without
  --only a,b    only these servers, Edgewire always among them
  --rounds N    how often each server is run in each scenario, in turn (default 3)
  --seconds S   measured time of each run (default 0.8; at a rate twice that)
  --json FILE   where the result is written (default: .bench/peers.json)
  --config FILE the wrangler.toml of the Worker to measure (default: this repository's)`;

export interface PeersOptions {
  ids: string[];
  /** Null: all. */
  only: string[] | null;
  rounds: number;
  seconds: number;
  json: string | null;
  config: string;
}

/** @throws Error with a sentence for the user */
export function parsePeersOptions(args: readonly string[], defaultConfig: string): PeersOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: "string" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "0.8" },
      json: { type: "string" },
      config: { type: "string", default: defaultConfig },
    },
  });
  return {
    ids: positionals,
    only: values.only?.split(",") ?? null,
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    json: values.json ?? null,
    config: values.config,
  };
}
