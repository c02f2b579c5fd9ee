import { setTimeout as pause } from "node:timers/promises";

/** ms that a thing may take which has no time of its own: ten times what it needs on two quiet cores. */
export const PATIENCE = 30_000;

export interface UntilOptions {
  /** What is waited for, for the error: a sentence, or a function that can also say how far it got. */
  what: string | (() => string);
  /** Milliseconds after which to give up. Default `PATIENCE`. */
  timeout?: number;
  /** Milliseconds between two looks. Default 25. */
  every?: number;
}

/** Looks again and again until `condition` gives something truthy, and returns that. Throws `what` when time is up. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeout = PATIENCE, every = 25 }: UntilOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeout} ms: ${typeof what === "string" ? what : what()}`);
    }
    await pause(every);
  }
}
