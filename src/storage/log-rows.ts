/**
 * Reads rows of a log, and keeps the last ones as they were decoded: whoever joins or comes back after a cut mostly reads
 * what others have just read. (B8: + 40 %, and rows read are paid)
 */
import { cutBody, decodeIndex } from "./log-row.ts";
import { LogWindow, type RowFacts } from "./log-window.ts";
import type { Sql } from "./sql.ts";

/** Bytes of messages in the rows that are kept. */
const KEPT_BYTES = 512 * 1024;

export interface StoredMessage {
  readonly text: string;
  /** Of the text, in UTF-8. */
  readonly bytes: number;
  readonly at: number;
}

export interface StoredRow extends Pick<RowFacts, "first_seq" | "count" | "first_at" | "last_at" | "bytes"> {
  /** Null: the row is damaged, and to be treated as missing. */
  readonly messages: readonly StoredMessage[] | null;
}

export class LogRows {
  readonly #sql: Sql;
  /** By their first seq; the one that was read longest ago is the first. */
  readonly #kept = new Map<number, StoredRow>();
  #keptBytes = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The last row that begins at `seq` or before; null if there is none. */
  at(seq: number): StoredRow | null {
    return this.#keptAt(seq) ?? this.#read("WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1", seq);
  }

  /** The row that follows; null if there is none. */
  after({ first_seq, count }: StoredRow): StoredRow | null {
    return this.#keptAt(first_seq + count) ?? this.#read("WHERE first_seq > ? ORDER BY first_seq LIMIT 1", first_seq);
  }

  /** That row has been changed. */
  changed(firstSeq: number): void {
    this.#keptBytes -= this.#kept.get(firstSeq)?.bytes ?? 0;
    this.#kept.delete(firstSeq);
  }

  /** They are all gone. */
  clear(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  #keptAt(seq: number): StoredRow | null {
    for (const row of this.#kept.values()) if (row.first_seq <= seq && seq < row.first_seq + row.count) return row;
    return null;
  }

  #read(where: string, seq: number): StoredRow | null {
    const [stored] = this.#sql.exec<RowFacts & { entries: string; body: string }>(
      `SELECT ${LogWindow.FACTS}, entries, body FROM log ${where}`,
      seq,
    );
    if (stored === undefined) return null;
    const { first_seq, count, first_at, last_at, bytes, entries, body } = stored;
    const row = { first_seq, count, first_at, last_at, bytes, messages: messagesOf(entries, body, first_at, count) };
    if (row.messages !== null) this.#keep(row); // what a damaged row says of itself is not to be believed
    return row;
  }

  #keep(row: StoredRow): void {
    this.changed(row.first_seq);
    this.#kept.set(row.first_seq, row);
    this.#keptBytes += row.bytes;
    for (const [first, { bytes }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) return;
      this.#kept.delete(first);
      this.#keptBytes -= bytes;
    }
  }
}

function messagesOf(index: string, body: string, firstAt: number, count: number): StoredMessage[] | null {
  const entries = decodeIndex(index, firstAt, count);
  const texts = entries && cutBody(body, entries);
  return (
    texts?.map((text, at) => ({ text, bytes: entries?.[at]?.bytes ?? text.length, at: entries?.[at]?.at ?? 0 })) ?? null
  );
}
