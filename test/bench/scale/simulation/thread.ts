/** An object's one thread: does what it is asked for one after the other, and is busy meanwhile. */
export class Thread {
  #freeAt = 0;
  #busy = 0;

  /** @returns when a turn of `cost` ms that is asked for now begins */
  begin(now: number, cost: number): number {
    const start = Math.max(now, this.#freeAt);
    this.#freeAt = start + cost;
    this.#busy += cost;
    return start;
  }

  /** @returns when it will have been done */
  work(now: number, cost: number): number {
    return this.begin(now, cost) + cost;
  }

  /** ms, what it has been asked for included. */
  get busy(): number {
    return this.#busy;
  }

  get freeAt(): number {
    return this.#freeAt;
  }
}
