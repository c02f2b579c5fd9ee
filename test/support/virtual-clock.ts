/** Time that passes only when a test says so, and everything that waits for it. */

interface Waiting {
  at: number;
  task: () => void;
}

export class VirtualClock {
  #now: number;
  #count = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(now = 1_764_000_000_000) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly setTimeout = (task: () => void, ms: number): number => {
    if (!(ms >= 0 && ms < 2 ** 31)) throw new Error(`no platform's timer holds ${ms} ms`);
    this.#waiting.set(++this.#count, { at: this.#now + Math.ceil(ms), task });
    return this.#count;
  };

  readonly clearTimeout = (timer: never): void => {
    this.#waiting.delete(timer as number);
  };

  readonly every = (task: () => void, ms: number): (() => void) => {
    let timer = 0;
    const again = () => {
      timer = this.setTimeout(() => {
        again();
        task();
      }, ms);
    };
    again();
    return () => this.clearTimeout(timer as never);
  };

  /** How many timers there are. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Lets `ms` pass; after each timer everything runs that it has set off. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== null; next = this.#next(end)) {
      const [timer, { at, task }] = next;
      this.#waiting.delete(timer);
      this.#now = Math.max(this.#now, at);
      task();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): [number, Waiting] | null {
    let first: [number, Waiting] | null = null;
    for (const entry of this.#waiting)
      if (entry[1].at <= end && (first === null || entry[1].at < first[1].at)) first = entry;
    return first;
  }
}

/** Everything runs that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
