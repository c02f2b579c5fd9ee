/**
 * The log of one channel: appended in rows of many messages (rows written are what a user pays for), read by cutting
 * rows. Only what is committed is visible here; what waits for the next flush is `core/batch.ts`'s.
 */
import { type IndexRow, LogIndex } from "./log-index.ts";
import { encodeIndex, type LogEntry } from "./log-row.ts";
import { LogRows, type StoredMessage, type StoredRow } from "./log-rows.ts";
import { LogWindow, type Retention, type RowFacts } from "./log-window.ts";
import { createSchema, dropSchema, hasSchema, migrate, tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

/** A quiet channel's row takes this many messages or bytes, and is appended to for this part of the retention age. */
const ROW_MESSAGES = 64;
const ROW_BYTES = 32 * 1024;
const ROW_AGE = 1 / 20;

export interface LogHead {
  readonly epoch: string;
  /** The last message's; 0 if there was none yet. */
  readonly seq: number;
  /** When that was; ms. */
  readonly at: number;
}

/** Entries that go into one row and one frame together, and their texts joined by commas. */
export interface LogChunk {
  readonly entries: readonly LogEntry[];
  readonly text: string;
  readonly bytes: number;
}

/** Messages in ascending order, without holes from `first` on. */
export interface LogSlice {
  readonly first: number;
  readonly texts: readonly string[];
}

interface Meta extends Row {
  version: number;
  epoch: string;
  head: number;
  head_at: number;
  head_bytes: number;
}

export class Log {
  readonly #sql: Sql;
  readonly #window: LogWindow;
  readonly #rows: LogRows;
  readonly #retention: Retention;
  readonly #newEpoch: () => string;
  #head: LogHead | null = null;
  /** Bytes of all messages of this epoch, those no longer retained included. */
  #bytes = 0;

  /** `newEpoch` must be random. */
  constructor(sql: Sql, retention: Retention, newEpoch: () => string, tables = tablesIn(sql)) {
    this.#sql = sql;
    this.#newEpoch = newEpoch;
    this.#retention = retention;
    this.#window = new LogWindow(sql, retention);
    this.#rows = new LogRows(sql);
    if (hasSchema(tables)) this.#load();
  }

  /** Null until the channel was first used. */
  get head(): LogHead | null {
    return this.#head;
  }

  /** The head; makes the log, if there is none yet. */
  open(now: number): LogHead {
    if (this.#head === null) {
      const epoch = this.#newEpoch();
      this.#sql.transaction(() => createSchema(this.#sql, epoch, now));
      this.#head = { epoch, seq: 0, at: now };
    }
    return this.#head;
  }

  /** Appends, and lets go of whole rows that retention has passed: all of it or, if it throws, nothing. */
  append(chunks: readonly LogChunk[], now: number): void {
    this.#sql.transaction(() => {
      for (const chunk of chunks) {
        if (this.#hasRoomFor(chunk, now)) this.#extendTail(chunk);
        else this.#insert(chunk);
      }
      this.trim(now);
    });
  }

  /** Seq of the oldest retained message, exactly; head + 1 if there is none. */
  oldest(now: number): number {
    return this.#window.oldest(this.#end, now);
  }

  /** A seq at or before that, at most a row's messages too low; reads nothing but when a row has just expired. */
  oldestRow(now: number): number {
    return this.#window.oldestRow(this.#end, now);
  }

  /** When rows should be deleted though nobody writes, ms; null if there are none. At most 20 times a retention age. */
  nextTrim(now: number): number | null {
    const expiry = this.#window.nextExpiry(this.#end, now);
    return expiry && expiry + this.#retention.age * ROW_AGE;
  }

  /** Deletes the rows of which nothing is retained. */
  trim(now: number): void {
    const emptied = this.#window.trim(this.#end, now);
    if (!emptied || this.#head === null) return;
    const { seq, at } = this.#head;
    this.#window.tail = null;
    this.#sql.exec("UPDATE meta SET head = ?, head_at = ?, head_bytes = ?", seq, at, this.#bytes);
  }

  /** The first messages after `after` (up to and with `until`): at least one, unless there is none. */
  readAfter(after: number, until: number, maxCount: number, maxBytes: number, now: number): LogSlice {
    let next = Math.max(after + 1, this.oldest(now));
    const texts: string[] = [];
    if (next > until) return { first: next, texts };
    let [first, bytes] = [next, 0];
    for (let row = this.#rowAt(next); row !== null; row = next > until ? null : this.#rows.after(row)) {
      const { messages } = row;
      if (messages === null || row.first_seq > next) {
        // A row is damaged or lost. What follows is another slice, so that a reader can be told of the hole.
        if (texts.length > 0) break;
        next = first = Math.max(next, messages === null ? row.first_seq + row.count : row.first_seq);
        if (messages === null) continue;
      }
      for (let index = next - row.first_seq; index < row.count && next <= until; index++, next++) {
        const message = messages[index] as StoredMessage;
        if (texts.length > 0 && (texts.length >= maxCount || bytes + message.bytes > maxBytes)) return { first, texts };
        texts.push(message.text);
        bytes += message.bytes + 1; // and the comma before the next one
      }
    }
    return { first, texts };
  }

  /** The last messages before `before` (down to and without `after`): at least one, unless there is none. */
  readBefore(before: number, after: number, maxCount: number, maxBytes: number, now: number): LogSlice {
    const least = Math.max(after + 1, this.oldest(now));
    const texts: string[] = [];
    let [next, bytes] = [Math.min(before - 1, this.#head?.seq ?? 0), 0];
    if (next < least) return { first: next + 1, texts };
    for (let row = this.#rowAt(next); row !== null; row = next < least ? null : this.#rowAt(next)) {
      for (let index = next - row.first_seq; index >= 0 && next >= least; index--, next--) {
        const message = row.messages?.[index];
        if (message === undefined && texts.length > 0) return { first: next + 1, texts: texts.reverse() };
        if (message === undefined) continue; // damaged or lost
        const full = texts.length > 0 && (texts.length >= maxCount || bytes + message.bytes > maxBytes);
        if (full) return { first: next + 1, texts: texts.reverse() };
        texts.push(message.text);
        bytes += message.bytes + 1;
      }
    }
    return { first: next + 1, texts: texts.reverse() };
  }

  /** Seq of the first message that came at `at` or later; head + 1 if none. By halving: times never decrease. */
  firstSince(at: number, now: number): number {
    let [low, high] = [this.oldest(now), this.#head?.seq ?? 0];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#rowAt(middle);
      if (row === null) return low;
      const last = row.first_seq + row.count - 1;
      if (row.last_at < at) low = last + 1;
      else if (row.first_at >= at) high = row.first_seq - 1;
      else {
        const within = row.messages?.findIndex((message) => message.at >= at) ?? 0;
        return Math.max(low, row.first_seq + within);
      }
    }
    return low;
  }

  /** What is known of every retained message after `after`. Reads no text. */
  index(after: number, now: number): LogIndex {
    const first = Math.max(after + 1, this.oldest(now));
    const select = "SELECT first_seq, count, first_at, entries FROM log WHERE first_seq + count > ? ORDER BY first_seq";
    return new LogIndex(this.#head === null ? [] : this.#sql.exec<IndexRow>(select, first), first);
  }

  /** Forgets every message and starts a new epoch. */
  clear(now: number): void {
    this.adopt({ epoch: this.#newEpoch(), seq: 0, at: now, bytes: 0 });
  }

  /** Forgets every message and goes on from where another log stands, of which it is a copy from there on. */
  adopt({ epoch, seq, at, bytes }: LogHead & { readonly bytes: number }): void {
    this.#sql.transaction(() => {
      if (this.#head === null) createSchema(this.#sql, epoch, at);
      else this.#sql.exec("DELETE FROM log");
      this.#sql.exec("UPDATE meta SET epoch = ?, head = ?, head_at = ?, head_bytes = ?", epoch, seq, at, bytes);
    });
    this.#head = { epoch, seq, at };
    this.#bytes = bytes;
    this.#window.reset();
    this.#rows.clear();
  }

  /** Puts older messages before the first one: what that log has there. All of it or, if it throws, nothing. */
  prepend(chunks: readonly LogChunk[]): void {
    this.#sql.transaction(() => {
      let before = this.#window.first()?.bytes_before ?? this.#bytes;
      for (const chunk of chunks.toReversed()) before = this.#write(chunk, before - chunk.bytes).bytes_before;
    });
    this.#window.prepended();
  }

  /** Seq of the first message that is stored, retained or not; head + 1 if there is none. */
  get first(): number {
    return this.#window.first()?.first_seq ?? this.#end.seq + 1;
  }

  /** Bytes of all messages of this epoch, those no longer retained included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Removes the channel's tables, as if it had never been used: the next use makes a new epoch. */
  erase(): void {
    if (this.#head === null) return;
    this.#sql.transaction(() => dropSchema(this.#sql));
    this.#head = null;
    this.#bytes = 0;
    this.#window.reset();
    this.#rows.clear();
  }

  get #end(): { seq: number; bytes: number } {
    return { seq: this.#head?.seq ?? 0, bytes: this.#bytes };
  }

  #load(): void {
    const meta = this.#sql.exec<Meta>("SELECT version, epoch, head, head_at, head_bytes FROM meta")[0] as Meta;
    migrate(this.#sql, meta.version);
    const tail = this.#sql.exec<RowFacts>(`SELECT ${LogWindow.FACTS} FROM log ORDER BY first_seq DESC LIMIT 1`)[0];
    const last = tail ? tail.first_seq + tail.count - 1 : 0;
    const isLater = tail !== undefined && last >= meta.head; // else it was put before a head that was adopted
    this.#window.tail = isLater ? tail : null;
    this.#bytes = isLater ? tail.bytes_before + tail.bytes : meta.head_bytes;
    this.#head = isLater
      ? { epoch: meta.epoch, seq: last, at: tail.last_at }
      : { epoch: meta.epoch, seq: meta.head, at: meta.head_at };
  }

  #hasRoomFor(chunk: LogChunk, now: number): boolean {
    const tail = this.#window.tail;
    return (
      tail !== null &&
      tail.count + chunk.entries.length <= ROW_MESSAGES &&
      tail.bytes + chunk.bytes <= ROW_BYTES &&
      now - tail.first_at < this.#retention.age * ROW_AGE
    );
  }

  #extendTail(chunk: LogChunk): void {
    const tail = this.#window.tail as RowFacts;
    const last = chunk.entries.at(-1) as LogEntry;
    tail.count += chunk.entries.length;
    tail.bytes += chunk.bytes;
    tail.last_at = last.at;
    this.#sql.exec(
      `UPDATE log SET count = ?, last_at = ?, bytes = ?, entries = entries || ',' || ?, body = body || ',' || ?
       WHERE first_seq = ?`,
      tail.count,
      tail.last_at,
      tail.bytes,
      encodeIndex(chunk.entries, tail.first_at),
      chunk.text,
      tail.first_seq,
    );
    this.#rows.changed(tail.first_seq);
    this.#advance(chunk, last);
  }

  #insert(chunk: LogChunk): void {
    this.#window.inserted(this.#write(chunk, this.#bytes));
    this.#advance(chunk, chunk.entries.at(-1) as LogEntry);
  }

  /** Writes a row of its own. */
  #write(chunk: LogChunk, bytesBefore: number): RowFacts {
    const first = chunk.entries[0] as LogEntry;
    const last = chunk.entries.at(-1) as LogEntry;
    const row: RowFacts = {
      first_seq: first.seq,
      count: chunk.entries.length,
      first_at: first.at,
      last_at: last.at,
      bytes_before: bytesBefore,
      bytes: chunk.bytes,
    };
    this.#sql.exec(
      `INSERT INTO log (${LogWindow.FACTS}, entries, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.first_seq,
      row.count,
      row.first_at,
      row.last_at,
      row.bytes_before,
      row.bytes,
      encodeIndex(chunk.entries, row.first_at),
      chunk.text,
    );
    return row;
  }

  #advance(chunk: LogChunk, last: LogEntry): void {
    this.#bytes += chunk.bytes;
    this.#head = { epoch: (this.#head as LogHead).epoch, seq: last.seq, at: last.at };
  }

  #rowAt(seq: number): StoredRow | null {
    return this.#head === null ? null : this.#rows.at(seq);
  }
}
