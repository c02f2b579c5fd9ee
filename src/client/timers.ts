import type { Environment } from "./environment.ts";

/** Timers by name, of which each replaces the one before, and which all end together. */
export interface Timers {
  has(name: string): boolean;
  later(name: string, ms: number, task: () => void): void;
  cancel(name: string): void;
  clear(): void;
}

/** ms: the most that a platform's timer holds; one above it would fire at once. */
const LONGEST = 2 ** 31 - 1;

export function newTimers({ setTimeout, clearTimeout }: Pick<Environment, "setTimeout" | "clearTimeout">): Timers {
  const running = new Map<string, unknown>();
  const cancel = (name: string) => {
    clearTimeout(running.get(name) as never);
    running.delete(name);
  };
  return {
    cancel,
    has: (name) => running.has(name),
    later(name, ms, task) {
      cancel(name);
      const fire = () => {
        running.delete(name);
        task();
      };
      running.set(name, setTimeout(fire, Math.min(Math.max(0, ms), LONGEST)));
    },
    clear() {
      for (const name of running.keys()) cancel(name);
    },
  };
}
