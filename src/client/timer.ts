import type { Environment } from "./environment.ts";

/** One thing that is to happen later; another puts it off. */
export interface Timer {
  readonly isRunning: () => boolean;
  readonly later: (ms: number, task: () => void) => void;
  readonly cancel: () => void;
}

/** ms: the most that a platform's timer holds; one above it would fire at once. */
const LONGEST = 2 ** 31 - 1;

export function newTimer({ setTimeout, clearTimeout }: Pick<Environment, "setTimeout" | "clearTimeout">): Timer {
  let running: unknown = null;
  const cancel = () => {
    clearTimeout(running as never);
    running = null;
  };
  return {
    cancel,
    isRunning: () => running !== null,
    later(ms, task) {
      cancel();
      const fire = () => {
        running = null;
        task();
      };
      running = setTimeout(fire, Math.min(Math.max(0, ms), LONGEST));
    },
  };
}
