/**
 * The ids that publishers chose, of all retained messages: a publish that is retried finds its first try here.
 * After a wake the log's index is searched as it is; only if publishes go on is a map made of it. (SPEC MSG-5)
 */
import type { Log } from "../storage/log.ts";
import type { LogIndex } from "../storage/log-index.ts";
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

/** A search costs a fiftieth of the map. */
const FEW_SEARCHES = 16;

export class RecentIds {
  readonly #log: Log;
  /** What was written before the first question, until it is in the map; undefined: there was none yet. */
  #before: LogIndex | null | undefined;
  #searches = 0;
  /** In the order of the log. */
  #known = new Map<string, Known>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The retained message with that key, if any. */
  find(key: string, now: number): Known | undefined {
    if (this.#before === undefined) this.#before = this.#log.index(0, now);
    const known = this.#known.get(key) ?? this.#search(key, this.#before);
    return known !== undefined && known.seq >= this.#log.oldest(now) ? known : undefined;
  }

  /** Remembers what was just written; forgets what is certainly gone. */
  add(entries: Iterable<[string, Entry]>, now: number): void {
    if (this.#before === undefined) return; // the index that will be read has them too
    const known = this.#known;
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
    this.#before = undefined;
    this.#searches = 0;
    this.#known.clear();
  }

  #search(key: string, index: LogIndex | null): Known | undefined {
    if (index === null) return undefined;
    if (++this.#searches > FEW_SEARCHES) return this.#fold(index).get(key);
    const split = key.indexOf("\n");
    return index.find(key.slice(0, split), key.slice(split + 1));
  }

  /** Makes a map of everything, the older first. */
  #fold(index: LogIndex): Map<string, Known> {
    const all = new Map<string, Known>();
    for (const { seq, at, user, chosenId, hash } of index)
      if (chosenId !== null) all.set(keyOf(user, chosenId), { seq, at, hash });
    for (const [key, known] of this.#known) {
      all.delete(key);
      all.set(key, known);
    }
    this.#before = null;
    this.#known = all;
    return all;
  }
}
