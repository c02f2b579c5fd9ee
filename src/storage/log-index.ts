/** What a log knows of its messages without reading them. */
import { decodeIndex, type IndexEntry } from "./log-row.ts";
import type { Row } from "./sql.ts";

export interface IndexRow extends Row {
  first_seq: number;
  count: number;
  first_at: number;
  /** As `encodeIndex` wrote it. */
  entries: string;
}

export type NumberedEntry = IndexEntry & { readonly seq: number };

/** The index as it was when it was read: every message from `first` on, ascending. */
export class LogIndex implements Iterable<NumberedEntry> {
  readonly #rows: readonly IndexRow[];
  readonly #first: number;

  constructor(rows: readonly IndexRow[], first: number) {
    this.#rows = rows;
    this.#first = first;
  }

  *[Symbol.iterator](): Generator<NumberedEntry> {
    for (const row of this.#rows) yield* this.#entriesOf(row);
  }

  /** The last message to which that user gave that id. Decodes only rows in which the id stands: a fiftieth of the time. */
  find(user: string, id: string): NumberedEntry | undefined {
    const written = JSON.stringify(id);
    const rows = this.#rows.filter(({ entries }) => entries.includes(written));
    for (const row of rows.reverse()) {
      const found = this.#entriesOf(row).findLast((entry) => entry.chosenId === id && entry.user === user);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #entriesOf({ first_seq, count, first_at, entries }: IndexRow): NumberedEntry[] {
    const numbered = (decodeIndex(entries, first_at, count) ?? []).map((entry, at) => ({
      ...entry,
      seq: first_seq + at,
    }));
    return first_seq >= this.#first ? numbered : numbered.filter(({ seq }) => seq >= this.#first);
  }
}
