/**
 * The ids that publishers chose, of all retained messages: a publish that is retried finds its first try here.
 * Rebuilt from the log's index by the first publish after a wake. (SPEC MSG-5)
 */
import type { Log } from "../storage/log.ts";
import type { Entry } from "./batch.ts";

interface Known {
  readonly seq: number;
  readonly at: number;
  readonly hash: number;
}

/** Neither a user nor an id contains a line feed, so two pairs never meet in one key. */
export function keyOf(user: string, id: string): string {
  return `${user}\n${id}`;
}

export class RecentIds {
  readonly #log: Log;
  #known: Map<string, Known> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The retained message with that key, if any. */
  find(key: string, now: number): Known | undefined {
    const known = this.#loaded(now).get(key);
    return known !== undefined && known.seq >= this.#log.oldest(now) ? known : undefined;
  }

  /** Remembers what was just written; forgets what is certainly gone. */
  add(entries: Iterable<[string, Entry]>, now: number): void {
    const known = this.#known;
    if (known === null) return; // the log's index has them too
    for (const [key, { seq, at, hash }] of entries) {
      known.delete(key); // so that the order of the map stays the order of the log
      known.set(key, { seq, at, hash });
    }
    // The exact bound lies inside a row of a full log, which would be read for every flush.
    const oldest = this.#log.oldestRow(now);
    for (const [key, { seq }] of known) {
      if (seq >= oldest) break;
      known.delete(key);
    }
  }

  clear(): void {
    this.#known = null;
  }

  #loaded(now: number): Map<string, Known> {
    if (this.#known === null) {
      this.#known = new Map();
      for (const { seq, at, user, chosenId, hash } of this.#log.index(0, now))
        if (chosenId !== null) this.#known.set(keyOf(user, chosenId), { seq, at, hash });
    }
    return this.#known;
  }
}
