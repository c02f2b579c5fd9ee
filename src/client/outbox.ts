/**
 * Publishes that are not acknowledged yet, in order. Each has an id, so that sending it again is harmless, and is settled
 * exactly once: by its acknowledgement, by coming back in the replay, by a refusal, or by the end of the subscription.
 */
import type { Json } from "../protocol/json.ts";
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

interface Entry extends Draft {
  readonly bytes: number;
  isSent: boolean;
  /** Null: it was kept from an earlier page, and nobody waits for it. */
  readonly settle: { resolve(receipt: Receipt): void; reject(error: EdgewireError): void } | null;
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #changed: (drafts: readonly Draft[]) => void;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param changed called with what is left, after each change: whoever wants to keep it over a reload does so there */
  constructor(limits: OutboxLimits, kept: readonly Draft[], changed: (drafts: readonly Draft[]) => void) {
    this.#limits = limits;
    this.#changed = changed;
    for (const draft of kept) this.#put({ ...draft, bytes: sizeOf(draft), isSent: false, settle: null });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Rejects if there is no room. */
  add(draft: Draft): Promise<Receipt> {
    const bytes = sizeOf(draft);
    if (this.#entries.size >= this.#limits.messages || this.#bytes + bytes > this.#limits.bytes)
      return Promise.reject(new EdgewireError("outbox_full", "Too many messages wait to be sent."));
    if (this.#entries.has(draft.id))
      return Promise.reject(new EdgewireError("id_conflict", "A message with that id waits to be sent."));
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    this.#put({ ...draft, bytes, isSent: false, settle: { resolve, reject } });
    this.#changed(this.#drafts());
    return promise;
  }

  /** The next that was not sent over this connection; undefined: none, or so many are under way. */
  next(atOnce: number): Draft | undefined {
    let underWay = 0;
    for (const entry of this.#entries.values()) {
      if (!entry.isSent) return entry;
      if (++underWay >= atOnce) return undefined;
    }
    return undefined;
  }

  sent(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.isSent = true;
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
    this.#remove(id)?.settle?.resolve(receipt);
  }

  refused(id: string, error: EdgewireError): void {
    this.#remove(id)?.settle?.reject(error);
  }

  /** The subscription ends: nothing of this will be sent. */
  close(error: EdgewireError): void {
    for (const id of [...this.#entries.keys()]) this.refused(id, error);
  }

  #put(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  #remove(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    this.#changed(this.#drafts());
    return entry;
  }

  #drafts(): Draft[] {
    return [...this.#entries.values()].map(({ id, event, data }) => ({ id, event, data }));
  }
}

function sizeOf({ event, data }: Draft): number {
  return event.length + JSON.stringify(data).length;
}
