/** Virtual time: what is due is done in the order of its time, and in that of its asking where that is the same. */
import { Heap } from "../../../support/heap.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

export class Clock {
  /** ms */
  now = 0;
  /** How many have been done. */
  events = 0;
  #asked = 0;
  readonly #due = new Heap<Due>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));

  at(time: number, act: () => void): void {
    this.#due.push({ at: Math.max(time, this.now), order: this.#asked++, act });
  }

  /** Does everything that is due until then. */
  runUntil(end: number): void {
    for (let next = this.#due.first; next !== undefined && next.at <= end; next = this.#due.first) {
      this.#due.removeFirst();
      this.now = next.at;
      this.events++;
      next.act();
    }
    this.now = end;
  }
}
