/** Names in order, kept so: a newcomer's page of them must not cost a sort of everybody. */
export class SortedNames {
  readonly #names: string[];

  constructor(names: Iterable<string>) {
    this.#names = [...names].sort();
  }

  /** One that is not in it. */
  add(name: string): void {
    this.#names.splice(this.#firstAfter(name), 0, name);
  }

  remove(name: string): void {
    const at = this.#firstAfter(name) - 1;
    if (this.#names[at] === name) this.#names.splice(at, 1);
  }

  /** At most `limit` of those after `name`, and whether there are more. */
  after(name: string, limit: number): { names: string[]; more: boolean } {
    const from = this.#firstAfter(name);
    return { names: this.#names.slice(from, from + limit), more: from + limit < this.#names.length };
  }

  /** Where the first lies that comes after `name`. */
  #firstAfter(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#names[middle] as string) > name) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
