/** The load generator: a process of its own, on a core of its own. Gets one job over the IPC channel, answers, ends. */
import type { LoadAnswer, LoadJob } from "./job.ts";
import { runLoad } from "./load-run.ts";

function answer(message: LoadAnswer): void {
  process.send?.(message, () => process.exit(0));
}

process.once("message", (job: LoadJob) => {
  runLoad(job).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
// The bench is gone: nobody waits for the answer.
process.once("disconnect", () => process.exit(1));
