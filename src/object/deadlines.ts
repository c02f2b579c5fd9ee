/**
 * Many named deadlines over the one alarm that an object has. When each is due is computed, never stored: so nothing
 * has to be kept in step, and an alarm that comes late, twice or not at all does no harm.
 */
export interface Deadline {
  readonly name: string;
  /** When it has something to do, ms; null: never, as things stand. */
  due(now: number): number | null;
  /** Does what is due, if anything is. Must be idempotent. */
  run(now: number): void;
}

/** ms before a deadline that failed is tried again: doubled each time up to the second. */
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 300_000;

export class Deadlines {
  readonly #storage: DurableObjectStorage;
  readonly #deadlines: readonly Deadline[];
  readonly #failed: (name: string, error: unknown) => void;
  /** When the alarm rings; null: it is not set; undefined: not asked yet. */
  #rings: number | null | undefined;
  #failures = 0;
  #isChecking = false;

  constructor(
    storage: DurableObjectStorage,
    deadlines: readonly Deadline[],
    failed: (name: string, error: unknown) => void,
  ) {
    this.#storage = storage;
    this.#deadlines = deadlines;
    this.#failed = failed;
  }

  /** Moves the alarm forward if something is due before it. Setting it costs a row, so it is never moved back. */
  arm(now: number): void {
    if (this.#rings === undefined) return void this.#check(now);
    const next = this.#next(now);
    if (next !== null && (this.#rings === null || next < this.#rings)) this.#set(next, now);
  }

  /** The object's `alarm()`. Never throws: the platform drops an alarm for good after its seventh failure. */
  ring(now: number): void {
    this.#rings = null;
    this.#run(now);
    this.arm(now);
  }

  /** After a wake: whatever was due must still have an alarm. */
  async #check(now: number): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const rings = await this.#storage.getAlarm();
    this.#isChecking = false;
    if (this.#rings !== undefined) return; // it rang meanwhile
    this.#rings = rings;
    if (rings === null) this.#run(now);
    this.arm(now);
  }

  #run(now: number): void {
    let failed = false;
    for (const { name, run } of this.#deadlines) {
      try {
        run(now);
      } catch (error) {
        failed = true;
        this.#failed(name, error);
      }
    }
    this.#failures = failed ? this.#failures + 1 : 0;
  }

  #next(now: number): number | null {
    let next: number | null = null;
    for (const deadline of this.#deadlines) {
      const due = deadline.due(now);
      if (due !== null && (next === null || due < next)) next = due;
    }
    return next;
  }

  #set(due: number, now: number): void {
    const pause = this.#failures === 0 ? 0 : Math.min(FIRST_RETRY * 2 ** (this.#failures - 1), LONGEST_RETRY);
    this.#rings = Math.max(due, now + pause);
    void this.#storage.setAlarm(this.#rings);
  }
}
