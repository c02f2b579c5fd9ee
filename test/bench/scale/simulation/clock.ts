/** Virtual time: what is due is done in the order of its time, and in that of its asking where that is the same. */
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
  /** A binary heap, the next one first. */
  readonly #due: Due[] = [];

  at(time: number, act: () => void): void {
    const due = this.#due;
    const added: Due = { at: Math.max(time, this.now), order: this.#asked++, act };
    let place = due.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(added, due[above] as Due)) break;
      due[place] = due[above] as Due;
      place = above;
    }
    due[place] = added;
  }

  /** Does everything that is due until then. */
  runUntil(end: number): void {
    for (let next = this.#due[0]; next !== undefined && next.at <= end; next = this.#due[0]) {
      this.#removeFirst();
      this.now = next.at;
      this.events++;
      next.act();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const due = this.#due;
    const last = due.pop() as Due;
    if (due.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= due.length) break;
      if (below + 1 < due.length && isBefore(due[below + 1] as Due, due[below] as Due)) below++;
      if (!isBefore(due[below] as Due, last)) break;
      due[place] = due[below] as Due;
      place = below;
    }
    due[place] = last;
  }
}

const isBefore = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order);
