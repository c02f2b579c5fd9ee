/** What makes a user's channel an inbox: how far it is read, on all devices, and how much is not. (SPEC INBOX-1 to INBOX-4) */
import { type Cursor, formatCursor } from "../protocol/cursor.ts";
import type { Log } from "../storage/log.ts";
import type { LogEntry } from "../storage/log-row.ts";
import { type Frame, singleFrame } from "./frame.ts";

/** Where the position is kept. */
export interface ReadMark {
  /** Null: nothing was ever read. */
  readonly read: Cursor | null;
  readUpTo(cursor: Cursor): void;
}

export interface InboxState {
  /** Everything up to here is read. */
  readonly read: string;
  /** Messages of others after it, as far as they are retained. */
  readonly unread: number;
}

export class Inbox {
  readonly #owner: string;
  readonly #log: Log;
  readonly #mark: ReadMark;
  /** Seqs of what is unread, ascending; null: not looked yet. */
  #unread: number[] | null = null;

  constructor(owner: string, log: Log, mark: ReadMark) {
    this.#owner = owner;
    this.#log = log;
    this.#mark = mark;
  }

  state(now: number): InboxState {
    const { epoch } = this.#log.open(now);
    return { read: formatCursor(epoch, this.#position(epoch)), unread: this.#loaded(now).length };
  }

  frame(now: number): Frame {
    const { read, unread } = this.state(now);
    return singleFrame("read", { cursor: read, unread });
  }

  /** Moves the position to `cursor`, never back. False if it was there; null: the log does not reach so far. */
  read({ epoch, seq }: Cursor, now: number): boolean | null {
    const head = this.#log.open(now);
    if (epoch !== head.epoch) return false; // of an earlier life of the log: whatever there is now came after it
    if (seq > head.seq) return null;
    if (seq <= this.#position(epoch)) return false;
    this.#mark.readUpTo({ epoch, seq });
    const unread = this.#loaded(now);
    unread.splice(0, countUpTo(unread, seq));
    return true;
  }

  /** These messages are in the log now. */
  added(entries: readonly LogEntry[]): void {
    if (this.#unread === null) return; // the log's index has them too
    for (const { seq, user } of entries) if (user !== this.#owner) this.#unread.push(seq);
  }

  /** The log was cleared or erased. */
  forget(): void {
    this.#unread = null;
  }

  #position(epoch: string): number {
    const { read } = this.#mark;
    return read?.epoch === epoch ? read.seq : 0;
  }

  #loaded(now: number): number[] {
    if (this.#unread === null) {
      this.#unread = [];
      for (const { seq, user } of this.#log.index(this.#position(this.#log.open(now).epoch), now))
        if (user !== this.#owner) this.#unread.push(seq);
    }
    // What is no longer retained cannot be read any more.
    this.#unread.splice(0, countUpTo(this.#unread, this.#log.oldest(now) - 1));
    return this.#unread;
  }
}

/** How many of `seqs`, which ascend, are not above `seq`. */
function countUpTo(seqs: readonly number[], seq: number): number {
  const above = seqs.findIndex((one) => one > seq);
  return above === -1 ? seqs.length : above;
}
