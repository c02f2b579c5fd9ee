/**
 * Which part of a log is retained: by count, age and bytes, exact to the message at every read, while deletion is by
 * whole rows and lags behind.
 */
import { decodeIndex } from "./log-row.ts";
import type { Row, Sql } from "./sql.ts";

export interface Retention {
  readonly messages: number;
  /** ms */
  readonly age: number;
  readonly bytes: number;
}

/** A row of the log without its contents. */
export interface RowFacts extends Row {
  first_seq: number;
  count: number;
  first_at: number;
  last_at: number;
  /** Of all messages of the epoch before this row. */
  bytes_before: number;
  bytes: number;
}

/** Where the log ends: its head, and the bytes of all messages of the epoch. */
export interface LogEnd {
  readonly seq: number;
  readonly bytes: number;
}

export class LogWindow {
  static readonly FACTS = "first_seq, count, first_at, last_at, bytes_before, bytes";

  readonly #sql: Sql;
  readonly #retention: Retention;
  /** The first row of which anything is retained; null: none; undefined: not looked up yet. */
  #first: RowFacts | null | undefined;
  /** Whether rows before that one are still on disk. */
  #behind = false;
  /** The oldest seq ever answered: it must not go back when the clock does. */
  #floor = 0;
  /** The last row, which the log keeps up to date while it appends to it; null if nothing is retained. */
  tail: RowFacts | null = null;

  constructor(sql: Sql, retention: Retention) {
    this.#sql = sql;
    this.#retention = retention;
  }

  /** Seq of the oldest retained message; the head's + 1 if there is none. */
  oldest(end: LogEnd, now: number): number {
    const row = this.#firstRow(end, now);
    const oldest = row === null ? end.seq + 1 : this.#oldestIn(row, end, now);
    this.#floor = Math.max(this.#floor, oldest);
    return this.#floor;
  }

  /** Where the first row begins of which anything is retained: at or before `oldest`, and found without reading that row. */
  oldestRow(end: LogEnd, now: number): number {
    return this.#firstRow(end, now)?.first_seq ?? end.seq + 1;
  }

  /** Deletes the rows of which nothing is retained; true if that were all there are. */
  trim(end: LogEnd, now: number): boolean {
    const row = this.#firstRow(end, now);
    if (!this.#behind) return false;
    this.#behind = false;
    if (row === null) this.#sql.exec("DELETE FROM log");
    else this.#sql.exec("DELETE FROM log WHERE first_seq < ?", row.first_seq);
    return row === null;
  }

  /** When the oldest row will have expired as a whole; null if there is none. */
  nextExpiry(end: LogEnd, now: number): number | null {
    const row = this.#firstRow(end, now);
    return row && row.last_at + this.#retention.age + 1;
  }

  inserted(row: RowFacts): void {
    this.tail = row;
    if (this.#first === null) this.#first = row;
  }

  /** The first row that is stored; null if there is none. */
  first(): RowFacts | null {
    return this.#rowFrom(0);
  }

  /** Rows were put before the others: what is retained begins earlier. */
  prepended(): void {
    this.#first = undefined;
    this.#floor = 0;
  }

  reset(): void {
    this.#first = this.tail = null;
    this.#behind = false;
    this.#floor = 0;
  }

  #firstRow(end: LogEnd, now: number): RowFacts | null {
    if (end.seq === 0) return null;
    if (this.#first === undefined) this.#first = this.#rowFrom(0);
    while (this.#first !== null) {
      if (!this.#isOutside(this.#first, end, now)) return this.#first;
      this.#behind = true;
      this.#first = this.#rowFrom(this.#first.first_seq + 1);
    }
    this.tail = null; // it is out too: what comes next must not be appended to it
    return null;
  }

  #rowFrom(seq: number): RowFacts | null {
    const rows = this.#sql.exec<RowFacts>(
      `SELECT ${LogWindow.FACTS} FROM log WHERE first_seq >= ? ORDER BY first_seq LIMIT 1`,
      seq,
    );
    const row = rows[0] ?? null;
    return row?.first_seq === this.tail?.first_seq ? this.tail : row;
  }

  /** Whether the row's last message is out, and with it all of them. */
  #isOutside({ first_seq, count, last_at, bytes_before, bytes }: RowFacts, end: LogEnd, now: number): boolean {
    return (
      first_seq + count - 1 <= end.seq - this.#retention.messages ||
      last_at < now - this.#retention.age ||
      end.bytes - (bytes_before + bytes) >= this.#retention.bytes
    );
  }

  #isRetained(seq: number, at: number, bytesBefore: number, end: LogEnd, now: number): boolean {
    return (
      seq > end.seq - this.#retention.messages &&
      at >= now - this.#retention.age &&
      end.bytes - bytesBefore <= this.#retention.bytes
    );
  }

  #oldestIn(row: RowFacts, end: LogEnd, now: number): number {
    if (this.#isRetained(row.first_seq, row.first_at, row.bytes_before, end, now)) return row.first_seq;
    const stored = this.#sql.exec<{ entries: string; count: number }>(
      "SELECT count, entries FROM log WHERE first_seq = ?",
      row.first_seq,
    )[0];
    let bytesBefore = row.bytes_before;
    let seq = row.first_seq;
    for (const entry of (stored && decodeIndex(stored.entries, row.first_at, stored.count)) ?? []) {
      if (this.#isRetained(seq, entry.at, bytesBefore, end, now)) return seq;
      bytesBefore += entry.bytes;
      seq++;
    }
    return seq;
  }
}
