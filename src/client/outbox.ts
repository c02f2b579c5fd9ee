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

interface Waiter {
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

export interface Entry {
  /** Its data as it was when it was published, whatever the application does with it later. */
  readonly draft: Draft;
  /** The same as JSON, and how long that is in UTF-8. */
  readonly json: string;
  readonly bytes: number;
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

  /** What is left, in order. */
  get drafts(): readonly Draft[] {
    return [...this.#entries.values()].map(({ draft }) => draft);
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
  async add(draft: Draft): Promise<Receipt> {
    let entry = entryOf(draft);
    const known = this.#entries.get(draft.id);
    if (known !== undefined) {
      if (known.json !== entry.json || known.draft.event !== draft.event)
        throw new EdgewireError("id_conflict", "Another message with that id waits.");
      entry = known;
    } else {
      const { messages, bytes } = this.#limits;
      if (this.#entries.size >= messages || this.#bytes + entry.bytes > bytes)
        throw new EdgewireError("outbox_full", "Too many messages wait to be sent.");
      this.#put(entry);
      this.#changed();
    }
    return new Promise((resolve, reject) => entry.waiters.push({ resolve, reject }));
  }

  /** The next that was not sent over this connection; undefined: none, or so many are under way. */
  next(atOnce: number): Entry | undefined {
    for (const entry of this.#entries.values()) {
      if (!entry.isSent) return entry;
      if (--atOnce <= 0) break;
    }
    return undefined;
  }

  /** That one, and all after it, are to be sent again. */
  unsent(id?: string): void {
    let isAfter = id === undefined;
    for (const [each, entry] of this.#entries) {
      isAfter ||= each === id;
      if (isAfter) entry.isSent = false;
    }
  }

  /** Takes it out, and tells whoever waits for it. */
  settle(id: string, tell: (waiter: Waiter) => void): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    this.#changed();
    entry.waiters.forEach(tell);
  }

  refused(id: string, error: unknown): void {
    this.settle(id, ({ reject }) => reject(error));
  }

  /** What nobody here has published: it was kept from an earlier page, of another user. */
  forgetKept(): void {
    for (const [id, { waiters }] of this.#entries) if (waiters.length === 0) this.refused(id, null);
  }

  /** The subscription ends: nothing of this will be sent. */
  close(error: EdgewireError): void {
    for (const id of this.#entries.keys()) this.refused(id, error);
  }

  #put(entry: Entry): void {
    this.#entries.set(entry.draft.id, entry);
    this.#bytes += entry.bytes;
  }
}

function entryOf({ id, event, data }: Draft): Entry {
  const json = JSON.stringify(data);
  if (json === undefined) throw new EdgewireError("bad_json", "The data is nothing that JSON knows.");
  const bytes = new TextEncoder().encode(json).length;
  return { draft: { id, event, data: JSON.parse(json) }, json, bytes, isSent: false, waiters: [] };
}
