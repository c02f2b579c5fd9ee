import { dueAt } from "../core/clock.ts";

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
/** ms that an alarm may be late before it is asked whether there is one still: after its seventh failure it is gone. */
const LATE = 60_000;

/** A deadline that failed: how often in a row, and when it is tried again. */
interface Failing {
  readonly times: number;
  readonly retryAt: number;
}

/** The one alarm, of the object's storage. */
export type Alarm = Pick<DurableObjectStorage, "getAlarm" | "setAlarm">;

export class Deadlines {
  readonly #storage: Alarm;
  readonly #deadlines: readonly Deadline[];
  readonly #report: (name: string, error: unknown) => void;
  readonly #failing = new Map<Deadline, Failing>();
  /** When the alarm rings; null: it is not set; undefined: not asked yet. */
  #rings: number | null | undefined;
  /** When that was asked, ms. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #isChecking = false;

  constructor(storage: Alarm, deadlines: readonly Deadline[], report: (name: string, error: unknown) => void) {
    this.#storage = storage;
    this.#deadlines = deadlines;
    this.#report = report;
  }

  /** Moves the alarm forward if something is due before it. Setting it costs a row, so it is never moved back. */
  arm(now: number): void {
    if (this.#rings === undefined || this.#isOverdue(now)) return void this.#check(now);
    const due = this.#next(now);
    if (due === null) return;
    const next = Math.max(due, now);
    if (this.#rings !== null && this.#rings <= next) return;
    this.#rings = next;
    void this.#storage.setAlarm(next);
  }

  /** The object's `alarm()`. Never throws: the platform drops an alarm for good after its seventh failure. */
  ring(now: number): void {
    this.#rings = null;
    this.#run(now);
    this.arm(now);
  }

  /** Everything that was stored is gone: the alarm may be too. */
  forget(): void {
    this.#rings = undefined;
  }

  /** Whether the alarm should have rung long ago. */
  #isOverdue(now: number): boolean {
    return this.#rings !== null && this.#rings !== undefined && now - Math.max(this.#rings, this.#askedAt) > LATE;
  }

  /** After a wake, and if it does not ring: whatever was due must still have an alarm. */
  async #check(now: number): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const before = this.#rings;
    const rings = await this.#storage.getAlarm();
    this.#isChecking = false;
    this.#askedAt = now;
    if (this.#rings !== before) return; // it rang meanwhile
    this.#rings = rings;
    if (rings === null) this.#run(now);
    this.arm(now);
  }

  #run(now: number): void {
    for (const deadline of this.#deadlines) {
      if (this.#retryAtOf(deadline, now) > now) continue;
      try {
        deadline.run(now);
        this.#failing.delete(deadline);
      } catch (error) {
        this.#failed(deadline, error, now);
      }
    }
  }

  #next(now: number): number | null {
    let next: number | null = null;
    for (const deadline of this.#deadlines) {
      const due = this.#dueOf(deadline, now);
      if (due !== null && (next === null || due < next)) next = due;
    }
    return next;
  }

  /** One that fails is due when it is tried again, and no other waits for it. */
  #dueOf(deadline: Deadline, now: number): number | null {
    if (this.#failing.has(deadline)) return this.#retryAtOf(deadline, now);
    try {
      return deadline.due(now);
    } catch (error) {
      return this.#failed(deadline, error, now);
    }
  }

  /** Of one that does not fail: now. */
  #retryAtOf(deadline: Deadline, now: number): number {
    return dueAt(this.#failing.get(deadline)?.retryAt ?? now, LONGEST_RETRY, now);
  }

  #failed(deadline: Deadline, error: unknown, now: number): number {
    const times = (this.#failing.get(deadline)?.times ?? 0) + 1;
    const retryAt = now + Math.min(FIRST_RETRY * 2 ** (times - 1), LONGEST_RETRY);
    this.#failing.set(deadline, { times, retryAt });
    this.#report(deadline.name, error);
    return retryAt;
  }
}
