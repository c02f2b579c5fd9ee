/**
 * Publishes that are not acknowledged yet, in order. Each has an id, so that sending it again is harmless, and is settled
 * exactly once: by its acknowledgement, by coming back in the replay, by a refusal, or by the end of the subscription.
 */
import { type Json, utf8Length } from "../protocol/json.ts";
import { EdgewireError } from "./errors.ts";

export interface Draft {
  readonly id: string;
  readonly event: string;
  readonly data: Json;
}

export interface Receipt {
  readonly seq: number;
  readonly cursor: string;
  readonly id: string;
  /** ms */
  readonly at: number;
}

interface Waiter {
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

export interface Entry extends Draft {
  /** Of its data as JSON, in UTF-8. */
  readonly bytes: number;
  /** `data` as it was when it was published, whatever the application does with it later. */
  readonly json: string;
  isSent: boolean;
  /** Empty: it was kept from an earlier page, and nobody waits for it. */
  readonly waiters: Waiter[];
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #changed: () => void;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param changed called after each change: whoever wants to keep `drafts` over a reload does so there */
  constructor(limits: OutboxLimits, kept: readonly Draft[], changed: () => void) {
    this.#limits = limits;
    this.#changed = changed;
    for (const draft of kept) this.#put(entryOf(draft));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is left, in order. */
  get drafts(): readonly Draft[] {
    return [...this.#entries.values()].map(({ id, event, data }) => ({ id, event, data }));
  }

  /** Whether an answer is to come. */
  get isUnderWay(): boolean {
    for (const { isSent } of this.#entries.values()) return isSent;
    return false;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Rejects if there is no room. The same id again is the same message, and settles with it. */
  add(draft: Draft): Promise<Receipt> {
    const entry = entryOf(draft);
    const waiting = this.#entries.get(draft.id);
    if (waiting !== undefined && (waiting.event !== entry.event || waiting.json !== entry.json))
      return Promise.reject(new EdgewireError("id_conflict", "Another message with that id waits to be sent."));
    const { messages, bytes } = this.#limits;
    if (waiting === undefined && (this.size >= messages || this.#bytes + entry.bytes > bytes))
      return Promise.reject(new EdgewireError("outbox_full", "Too many messages wait to be sent."));
    if (waiting === undefined) {
      this.#put(entry);
      this.#changed();
    }
    return new Promise((resolve, reject) => (waiting ?? entry).waiters.push({ resolve, reject }));
  }

  /** The next that was not sent over this connection; undefined: none, or so many are under way. */
  next(atOnce: number): Entry | undefined {
    let underWay = 0;
    for (const entry of this.#entries.values()) {
      if (!entry.isSent) return entry;
      if (++underWay >= atOnce) return undefined;
    }
    return undefined;
  }

  /** That one, and all after it, are to be sent again. */
  unsent(id?: string): void {
    let isAfter = id === undefined;
    for (const entry of this.#entries.values()) {
      isAfter ||= entry.id === id;
      if (isAfter) entry.isSent = false;
    }
  }

  /** It is on disk. */
  stored(id: string, receipt: Receipt): void {
    for (const { resolve } of this.#remove(id)) resolve(receipt);
  }

  refused(id: string, error: unknown): void {
    for (const { reject } of this.#remove(id)) reject(error);
  }

  /** What nobody here has published: it was kept from an earlier page, of another user. */
  forgetKept(): void {
    for (const { id, waiters } of [...this.#entries.values()]) if (waiters.length === 0) this.#remove(id);
  }

  /** The subscription ends: nothing of this will be sent. */
  close(error: EdgewireError): void {
    for (const id of [...this.#entries.keys()]) this.refused(id, error);
  }

  #put(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  #remove(id: string): readonly Waiter[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    this.#changed();
    return entry.waiters;
  }
}

function entryOf({ id, event, data }: Draft): Entry {
  const json = JSON.stringify(data);
  if (json === undefined) throw new EdgewireError("bad_json", "The data is nothing that JSON knows.");
  return { id, event, data: JSON.parse(json), json, bytes: utf8Length(json), isSent: false, waiters: [] };
}
