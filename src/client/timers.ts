/** Timers by name, of which each replaces the one before, and which all end together. */
import type { Environment } from "./environment.ts";

/** ms: the most that a platform's timer holds; one above it would fire at once. */
const LONGEST = 2 ** 31 - 1;

export class Timers {
  readonly #environment: Environment;
  readonly #running = new Map<string, unknown>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  has(name: string): boolean {
    return this.#running.has(name);
  }

  later(name: string, ms: number, task: () => void): void {
    this.cancel(name);
    const fire = () => {
      this.#running.delete(name);
      task();
    };
    this.#running.set(name, this.#environment.setTimeout(fire, Math.min(Math.max(0, ms), LONGEST)));
  }

  cancel(name: string): void {
    if (!this.#running.has(name)) return;
    this.#environment.clearTimeout(this.#running.get(name) as never);
    this.#running.delete(name);
  }

  clear(): void {
    for (const name of [...this.#running.keys()]) this.cancel(name);
  }
}
