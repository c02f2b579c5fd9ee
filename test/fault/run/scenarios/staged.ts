/** A scenario on a stage: its cast talks, something is done to it, and the checker decides. */
import { describe } from "../../checker/check.ts";
import { Stage, type StageOptions } from "../stage.ts";
import type { Outcome, Round, Scenario } from "./scenario.ts";

interface Staged extends Omit<Scenario, "play"> {
  readonly stage?: Omit<StageOptions, "server" | "seed">;
  /** Messages of each publisher a second. Default: 20. */
  readonly pace?: number;
  /** Instead of the usual cast. */
  cast?(stage: Stage, round: Round): Promise<void>;
  /** Does it to the stage while everybody talks. It notes its faults. */
  disturb(stage: Stage, round: Round): Promise<void>;
}

export function staged({ stage: options = {}, pace = 20, cast, disturb, ...scenario }: Staged): Scenario {
  return {
    ...scenario,
    play: async (round) => {
      const stage = await Stage.set({ ...options, server: round.server, seed: round.seed });
      let isOk = false;
      try {
        if (cast === undefined) await stage.addCast();
        else await cast(stage, round);
        await stage.settle();
        stage.talk(pace);
        await disturb(stage, round);
        const outcome = await judged(stage);
        isOk = outcome.verdict === "ok";
        return outcome;
      } finally {
        await stage.strike(!isOk || process.env.KEEP !== undefined);
      }
    },
  };
}

/** What the checker says of it, and what else went wrong. */
export async function judged(stage: Stage): Promise<Outcome> {
  const { verdict, extra } = await stage.judge();
  const { faults, ...counts } = verdict.counts;
  const isOk = verdict.verdict === "ok" && stage.problems.length === 0;
  return {
    verdict: stage.problems.length > 0 ? "violated" : verdict.verdict,
    counts: { ...counts, ...faults, ...extra },
    report: isOk ? "" : [describe(verdict), ...stage.problems].join("\n"),
    historyPath: isOk && !process.env.KEEP ? null : stage.historyPath,
  };
}
