/** Holds idle sockets, more of them at each step, and pauses there so that the bench can look at the server's memory. */
import type { Connection } from "./connection.ts";
import type { Target } from "./job.ts";
import { closeAll, doorOf, openAll, sleep } from "./sockets.ts";

export interface HoldJob {
  kind: "hold";
  target: Target;
  runName: string;
  users: number;
  /** Sockets that are open at each pause: more each time. */
  steps: readonly number[];
}

/** What is under way when the last socket is in: the server's answers to the last joins, its allocator's tidying up. */
const SETTLE_MS = 300;

export async function runHold(job: HoldJob, pause: () => Promise<void>): Promise<null> {
  const held: Connection[] = [];
  for (const step of job.steps) {
    const doors = Array.from({ length: step - held.length }, (_, n) =>
      doorOf(job.target, job.runName, `holder-${(held.length + n) % job.users}`),
    );
    held.push(...(await openAll(job.target, doors, () => {})));
    await sleep(SETTLE_MS);
    await pause();
  }
  await closeAll(held);
  return null;
}
