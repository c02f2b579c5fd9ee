/** Virtual time: what is due is done in order, each with all that follows from it at once; nothing waits for a clock. */

import { Heap } from "../../support/heap.ts";

/** Whose doing something is. Of the dead nothing happens any more. */
export class Actor {
  readonly name: string;
  isAlive = true;
  /** Timers that are set. */
  timers = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** Far above what a run needs. */
const MOST_STEPS = 100_000;

/** Something is done again and again, and gets nowhere. */
export class TurnsInCircles extends Error {
  override readonly message = `not at its end after ${MOST_STEPS} steps`;
}

interface Due {
  readonly at: number;
  /** Tells apart what is due at the same time: first set, first done. */
  readonly serial: number;
  readonly actor: Actor;
  readonly isTimer: boolean;
  readonly every: number | null;
  act: (() => void) | null;
}

const afterMicrotasks = setImmediate;

export class Timeline {
  now: number;
  /** Whose doing it is that something arrives where nobody listens yet. */
  readonly nobody: Actor;
  /** Who acts just now. */
  current: Actor;
  steps = 0;
  /** Called when an event and all that followed from it is over. */
  onStepEnd: () => void = () => {};
  /** Called with what a timer or a listener throws. */
  onError: (error: unknown) => void = () => {};
  readonly #due = new Heap<Due>((a, b) => a.at < b.at || (a.at === b.at && a.serial < b.serial));
  #serial = 0;
  #isUnsettled = false;
  readonly #timers = new Map<number, Due>();

  constructor(start: number, nobody: Actor) {
    this.now = start;
    this.nobody = this.current = nobody;
  }

  /** Does it after `ms`, as `actor`. */
  after(ms: number, actor: Actor, act: () => void): void {
    this.#due.push({ at: this.now + Math.max(0, ms), serial: ++this.#serial, actor, isTimer: false, every: null, act });
  }

  /** A timer of whoever acts now; answers its number. */
  setTimer(act: () => void, ms: number, repeats: boolean): number {
    const actor = this.current;
    const delay = Math.max(repeats ? 1 : 0, ms || 0);
    const due: Due = {
      ...{ at: this.now + delay, serial: ++this.#serial, actor, isTimer: true, every: repeats ? delay : null, act },
    };
    actor.timers++;
    this.#timers.set(due.serial, due);
    this.#due.push(due);
    return due.serial;
  }

  clearTimer(number: number): void {
    const due = this.#timers.get(number);
    if (due === undefined) return;
    this.#timers.delete(number);
    due.actor.timers--;
    due.act = null;
  }

  /** What happens now may settle promises: all that follows is awaited before the next event. */
  unsettle(): void {
    this.#isUnsettled = true;
  }

  /** Lets time pass up to `end`. Stops early if `isOver`. */
  async run(end: number, isOver: () => boolean): Promise<void> {
    for (let due = this.#due.first; due !== undefined && due.at <= end; due = this.#due.first) {
      this.#due.removeFirst();
      this.now = Math.max(this.now, due.at);
      const act = due.act;
      if (act === null || !due.actor.isAlive) continue;
      if (due.isTimer) this.#rearm(due);
      this.#step(due.actor, act);
      // All that can follow without time passing.
      if (this.#isUnsettled) await new Promise<void>((resolve) => afterMicrotasks(resolve));
      this.#isUnsettled = false;
      this.onStepEnd();
      if (this.steps > MOST_STEPS) throw new TurnsInCircles();
      if (isOver()) return;
    }
    this.now = Math.max(this.now, end);
  }

  #step(actor: Actor, act: () => void): void {
    this.steps++;
    this.current = actor;
    try {
      act();
    } catch (error) {
      this.onError(error);
    }
  }

  #rearm(due: Due): void {
    this.unsettle();
    if (due.every === null) {
      this.#timers.delete(due.serial);
      due.actor.timers--;
    } else {
      const again = { ...due, at: this.now + due.every };
      this.#timers.set(due.serial, again);
      this.#due.push(again);
    }
  }
}
