/** What was ever on the disk, read row by row and independently of `Log`: the truth to which everything is held. */
import { parseCursor } from "../../../../src/protocol/cursor.ts";
import type { Message } from "../../../../src/protocol/frames.ts";
import type { Retention } from "../../../../src/storage/log-window.ts";
import type { MemorySql } from "../../../support/sqlite.ts";

interface Written {
  readonly message: Message;
  readonly text: string;
  readonly bytes: number;
}

export class Ledger {
  readonly #retention: Retention;
  /** The messages of each life of the log, from seq 1 on. */
  readonly #lives = new Map<string, Written[]>();
  epoch: string | null = null;
  #oldest = 1;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  get head(): number {
    return this.#current.length;
  }

  find(epoch: string, seq: number): Written | undefined {
    return this.#lives.get(epoch)?.[seq - 1];
  }

  /** The message that a cursor names. */
  at(cursor: string): Written | undefined {
    const position = parseCursor(cursor);
    return position === null ? undefined : this.find(position.epoch, position.seq);
  }

  retained(now: number): Message[] {
    const { messages, age, bytes } = this.#retention;
    const kept: Message[] = [];
    let sum = 0;
    for (const written of this.#current.toReversed()) {
      sum += written.bytes;
      if (kept.length >= messages || written.message.at < now - age || sum > bytes) break;
      kept.push(written.message);
    }
    return kept.reverse();
  }

  oldest(now: number): number {
    return this.head - this.retained(now).length + 1;
  }

  /** Takes in what was written since the last look; answers the new messages. */
  sync(sql: MemorySql, now: number): Message[] {
    const epoch = epochOf(sql);
    if (epoch !== this.epoch) {
      if (epoch !== null && this.#lives.has(epoch)) throw new Error(`I8: the epoch ${epoch} came back`);
      this.epoch = epoch;
      this.#oldest = 1;
      if (epoch !== null) this.#lives.set(epoch, []);
    }
    if (epoch === null) return [];
    const before = this.head;
    for (const { first_seq, count, body } of sql.exec<{ first_seq: number; count: number; body: string }>(
      "SELECT first_seq, count, body FROM log WHERE first_seq + count > ? ORDER BY first_seq",
      this.head,
    ))
      this.#takeRow(first_seq, count, JSON.parse(`[${body}]`));
    const oldest = this.oldest(now);
    if (oldest < this.#oldest) throw new Error(`I8: the oldest went back from ${this.#oldest} to ${oldest}`);
    this.#oldest = oldest;
    return this.#current.slice(before).map(({ message }) => message);
  }

  #takeRow(first: number, count: number, messages: Message[]): void {
    if (messages.length !== count) throw new Error(`the row at ${first} holds ${messages.length}, and says ${count}`);
    for (const [index, message] of messages.entries()) {
      const seq = first + index;
      const text = JSON.stringify(message);
      const known = this.#current[seq - 1];
      if (message.seq !== seq) throw new Error(`I1: the message at ${seq} says that it is ${message.seq}`);
      if (known !== undefined && known.text !== text) throw new Error(`I1: two messages at ${seq}`);
      if (known !== undefined) continue;
      if (seq !== this.head + 1) throw new Error(`I1: after ${this.head} came ${seq}`);
      if (message.at < (this.#current.at(-1)?.message.at ?? 0)) throw new Error(`MSG-2: the time went back at ${seq}`);
      this.#current.push({ message, text, bytes: Buffer.byteLength(text) });
    }
  }

  get #current(): Written[] {
    return (this.epoch !== null && this.#lives.get(this.epoch)) || NOTHING;
  }
}

const NOTHING: Written[] = [];

function epochOf(sql: MemorySql): string | null {
  if (sql.exec("SELECT 1 AS found FROM sqlite_master WHERE name = 'meta'").length === 0) return null;
  return sql.exec<{ epoch: string }>("SELECT epoch FROM meta")[0]?.epoch ?? null;
}
