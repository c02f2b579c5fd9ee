/** Waits for what a run leaves behind: who leaves is put down, databases are closed, memory is tidied. */
import { cpuSeconds } from "../machine/cpu-time.ts";

const LOOK_EVERY_MS = 100;
/** CPU time between two looks that is none: the clock ticks every 10 ms. */
const IDLE_SECONDS = 0.01;
const MOST_LOOKS = 150;

/** Until these processes do nothing any more, but not for long. */
export async function untilIdle(pids: readonly number[]): Promise<void> {
  const used = () => pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
  for (let looks = 0, before = used(); looks < MOST_LOOKS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const now = used();
    if (now - before <= IDLE_SECONDS) return;
    before = now;
  }
}
