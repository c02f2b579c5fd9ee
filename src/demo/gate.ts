/** Lets everything through in order; shut, it holds it back until it is opened again. */
export class Gate {
  #isShut = false;
  #held: (() => void)[] = [];

  get isShut(): boolean {
    return this.#isShut;
  }

  set isShut(isShut: boolean) {
    this.#isShut = isShut;
    while (!this.#isShut && this.#held.length > 0) this.#held.shift()?.();
  }

  /** Now, or when it is open. */
  pass(task: () => void): void {
    if (this.#isShut) this.#held.push(task);
    else task();
  }
}
