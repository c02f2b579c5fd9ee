/**
 * What was accepted and waits for the next flush. Nobody sees it: no head, cursor, history or acknowledgement speaks of
 * a message before its row is written. (SPEC MSG-3)
 */
import type { LogChunk } from "../storage/log.ts";
import type { LogEntry } from "../storage/log-row.ts";
import type { Session } from "./session.ts";

/** An accepted message. */
export interface Entry extends LogEntry {
  readonly id: string;
  /** The connection that published it, where one is known. */
  readonly origin: Session | null;
}

/** What a publisher is told once it is on disk. */
export interface Receipt {
  readonly seq: number;
  readonly id: string;
  readonly at: number;
  readonly duplicate: boolean;
}

export interface Ack {
  readonly session: Session;
  readonly ref: string;
  readonly receipt: Receipt;
}

/** Most bytes of messages in one row or frame, unless one message alone is larger. Leaves room for the envelope. */
export const CHUNK_BYTES = 256 * 1024 - 64;
/** Most messages, so that one frame is never more than one answer over HTTP may hold. (SPEC POLL-1) */
export const CHUNK_MESSAGES = 1000;

export class Batch {
  readonly entries: Entry[] = [];
  readonly acks: Ack[] = [];
  /** Publishers that do not want their own messages back. */
  readonly muted = new Set<Session>();
  readonly #byKey = new Map<string, Entry>();
  #bytes = 0;
  #committed: { promise: Promise<void>; resolve: () => void } | null = null;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0 && this.acks.length === 0;
  }

  /** Fulfilled once everything in the batch is written (and, behind the output gate, on disk). */
  get committed(): Promise<void> {
    this.#committed ??= Promise.withResolvers<void>();
    return this.#committed.promise;
  }

  /** The waiting message with that key, if any. */
  find(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  add(entry: Entry, key: string | null): void {
    this.entries.push(entry);
    this.#bytes += entry.bytes;
    if (key !== null) this.#byKey.set(key, entry);
    if (entry.origin !== null && !entry.origin.echo) this.muted.add(entry.origin);
  }

  /** Takes back everything after the first `count` entries: an array is published as a whole or not at all. */
  truncate(count: number): void {
    const removed = new Set(this.entries.splice(count));
    for (const { bytes } of removed) this.#bytes -= bytes;
    for (const [key, entry] of this.#byKey) if (removed.has(entry)) this.#byKey.delete(key);
  }

  /** The entries with chosen ids, for the memory of ids. */
  keys(): Iterable<[string, Entry]> {
    return this.#byKey;
  }

  settle(): void {
    this.#committed?.resolve();
  }
}

/** Cuts entries into pieces for rows and frames. */
export function cutIntoChunks(entries: readonly LogEntry[]): LogChunk[] {
  const chunks: LogChunk[] = [];
  let start = 0;
  let bytes = 0;
  for (let end = 0; end <= entries.length; end++) {
    const entry = entries[end];
    const isFull = end - start === CHUNK_MESSAGES || (entry !== undefined && bytes + entry.bytes + 1 > CHUNK_BYTES);
    if (end > start && (entry === undefined || isFull)) {
      chunks.push(chunkOf(entries.slice(start, end)));
      start = end;
      bytes = 0;
    }
    if (entry !== undefined) bytes += entry.bytes + 1;
  }
  return chunks;
}

function chunkOf(entries: readonly LogEntry[]): LogChunk {
  let text = "";
  let bytes = 0;
  for (const entry of entries) {
    text = text === "" ? entry.text : `${text},${entry.text}`;
    bytes += entry.bytes;
  }
  return { entries, text, bytes };
}
