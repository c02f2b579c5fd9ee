/** Who is in their grace, and since when: so that nobody else has to be looked at when one may be over. */
export class Graces {
  readonly #since = new Map<string, number>();
  /** Of all; undefined: not known since one has gone. */
  #first: number | null | undefined = null;
  /** None began later. */
  #latest = Number.NEGATIVE_INFINITY;

  /** @param since ms; null: the user is in none */
  set(user: string, since: number | null): void {
    const before = this.#since.get(user);
    if (before !== undefined && before === this.#first) this.#first = undefined;
    if (since === null) this.#since.delete(user);
    else {
      this.#since.set(user, since);
      this.#latest = Math.max(this.#latest, since);
      if (this.#first === null || (this.#first !== undefined && since < this.#first)) this.#first = since;
    }
  }

  /** When the first began, ms; null: nobody is in one. */
  get first(): number | null {
    if (this.#first === undefined) {
      this.#first = null;
      for (const since of this.#since.values()) if (this.#first === null || since < this.#first) this.#first = since;
    }
    return this.#first;
  }

  /** Whose began after `time`: all of them at once, for each may be set anew meanwhile. */
  begunAfter(time: number): string[] {
    if (this.#latest <= time) return [];
    this.#latest = time;
    return [...this.#since].filter(([, since]) => since > time).map(([user]) => user);
  }

  /** Whose began at `time` or before. */
  *begunBy(time: number): IterableIterator<string> {
    if (this.first === null || this.first > time) return;
    for (const [user, since] of this.#since) if (since <= time) yield user;
  }
}
