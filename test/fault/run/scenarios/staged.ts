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

export function staged({ stage = {}, pace = 20, cast, disturb, ...scenario }: Staged): Scenario {
  return {
    ...scenario,
    play: (round) =>
      onStage({ ...stage, server: round.server, seed: round.seed }, async (set) => {
        if (cast === undefined) await set.cast.addUsual();
        else await cast(set, round);
        await set.cast.settle();
        set.cast.talk(pace);
        await disturb(set, round);
      }),
  };
}

/** Sets a stage, has it played on, and judges that. What was thrown is the outcome too. */
export async function onStage(options: StageOptions, play: (stage: Stage) => Promise<void>): Promise<Outcome> {
  const stage = await Stage.set(options);
  let outcome: Outcome | null = null;
  try {
    await play(stage);
    outcome = await judged(stage);
  } catch (error) {
    outcome = {
      verdict: "unknown",
      counts: {},
      report: String((error as Error).stack),
      historyPath: stage.historyPath,
    };
  } finally {
    await stage.strike(outcome?.historyPath != null);
  }
  return outcome;
}

/** What the checker says of it, and what else went wrong. */
async function judged(stage: Stage): Promise<Outcome> {
  const { verdict, extra } = await stage.judge();
  const { faults, ...counts } = verdict.counts;
  const isOk = verdict.verdict === "ok" && stage.problems.length === 0;
  return {
    verdict: stage.problems.length > 0 ? "violated" : verdict.verdict,
    counts: { ...counts, ...faults, ...extra },
    report: isOk ? "" : [describe(verdict), ...stage.problems].join("\n"),
    historyPath: isOk ? null : stage.historyPath,
  };
}
