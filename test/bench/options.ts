import { parseArgs } from "node:util";

export const usage = `npm run bench -- [B1 B3 …] [options]
  B1 …            only these scenarios; all without. \`curve\` measures what \`npm run bench:plot\` draws,
                  \`scale\` 10,000 sockets in one room and a thousand rooms, \`many\` 200 rooms on one socket
                  against 200 sockets, \`many-memory\` what they hold, \`relays\` 10,000 listeners
                  over relays against one object, \`relays-cut\` while relays are reset: each only if it is named
  --rounds N      how often each is run against its reference and Edgewire, in turn (default 3; controls once)
  --seconds S     measured time of each run (default 0.7; at a rate twice that)
  --window N      messages a publisher may have in flight, instead of the scenario's, for both servers
  --json FILE     where the result is written (default: .bench/result.json)
  --config FILE   the wrangler.toml of the Worker to measure (default: this repository's)
  --profile       instead: run what publishes and requests once, with a CPU profile of Edgewire while it is
                  measured, in .bench/`;

export interface Options {
  ids: string[];
  rounds: number;
  seconds: number;
  window: number | null;
  json: string | null;
  config: string;
  profile: boolean;
}

/** @throws Error with a sentence for the user */
export function parseOptions(args: readonly string[], defaultConfig: string): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "0.7" },
      window: { type: "string" },
      json: { type: "string" },
      config: { type: "string", default: defaultConfig },
      profile: { type: "boolean", default: false },
    },
  });
  return {
    ids: positionals,
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    window: values.window === undefined ? null : positive("window", values.window),
    json: values.json ?? null,
    config: values.config,
    profile: values.profile,
  };
}

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} has to be a number above 0`);
  return value;
}
