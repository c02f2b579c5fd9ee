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
  /** That data as JSON, and how long it is in UTF-8. */
  readonly json: string;
  readonly bytes: number;
  /** Empty: it was kept from an earlier page, and nobody waits for it. */
  readonly waiters: Waiter[];
}

export interface OutboxOptions {
  /** Default: 1000. */
  readonly messages?: number;
  /** Of their data. Default: 1 MiB. */
  readonly bytes?: number;
}

export interface Outbox {
  has(id: string): boolean;
  /** Rejects if there is no room. The same id again is the same message, and settles with it. */
  add(draft: Draft): Promise<Receipt>;
  /** In front of all others: they were there first. */
  restore(kept: readonly Draft[]): void;
  /** The next that was not sent over this connection; undefined: none, or so many are under way. */
  next(atOnce: number): Entry | undefined;
  /** That one is under way. */
  sent(): void;
  isUnderWay(): boolean;
  /** That one, or else all, and all after it, are to be sent again. */
  unsent(id?: string): void;
  /** It is out, and whoever waits for it is told. */
  settle(id: string, tell: (waiter: Waiter) => void): void;
  refused(id: string, error: unknown): void;
  /** Drops what nobody here has published: it was kept from an earlier page, of another user. */
  forgetKept(): void;
  /** The subscription ends: nothing of this will be sent. */
  close(error: EdgewireError): void;
}

/** @param changed called after each change; `left`: what is left then, in order */
export function newOutbox(
  { messages = 1000, bytes = 2 ** 20 }: OutboxOptions,
  changed: (left: () => readonly Draft[]) => void,
): Outbox {
  let entries: Entry[] = [];
  /** Of them so many, the first, are under way. */
  let underWay = 0;
  let size = 0;

  const indexOf = (id: string) => entries.findIndex(({ draft }) => draft.id === id);
  const left = () => entries.map(({ draft }) => draft);
  const settle: Outbox["settle"] = (id, tell) => {
    const index = indexOf(id);
    const entry = entries[index];
    if (!entry) return;
    entries.splice(index, 1);
    if (index < underWay) underWay--;
    size -= entry.bytes;
    changed(left);
    entry.waiters.forEach(tell);
  };
  const refused = (id: string, error: unknown) => settle(id, ({ reject }) => reject(error));
  const refuse = (some: readonly Entry[], error: unknown) => {
    for (const { draft } of some) refused(draft.id, error);
  };

  return {
    has: (id) => indexOf(id) >= 0,
    async add(draft) {
      let entry = entryOf(draft);
      const known = entries[indexOf(draft.id)];
      if (!known) {
        if (entries.length >= messages || size + entry.bytes > bytes)
          throw new EdgewireError("outbox_full", "Too many messages wait.");
        entries.push(entry);
        size += entry.bytes;
        changed(left);
      } else if (known.json !== entry.json || known.draft.event !== draft.event)
        throw new EdgewireError("id_conflict", "Another message has that id.");
      else entry = known;
      return new Promise((resolve, reject) => entry.waiters.push({ resolve, reject }));
    },
    restore(kept) {
      const restored = kept.map(entryOf);
      entries = [...restored, ...entries];
      for (const entry of restored) size += entry.bytes;
      changed(left);
    },
    next: (atOnce) => (underWay < atOnce ? entries[underWay] : undefined),
    sent: () => void underWay++,
    isUnderWay: () => underWay > 0,
    unsent(id) {
      underWay = id ? Math.min(underWay, indexOf(id)) : 0;
    },
    settle,
    refused,
    forgetKept: () =>
      refuse(
        entries.filter(({ waiters }) => waiters.length === 0),
        null,
      ),
    close: (error) => refuse([...entries], error),
  };
}

function entryOf({ id, event, data }: Draft): Entry {
  const json = JSON.stringify(data);
  if (!json) throw new EdgewireError("bad_json", "The data is no JSON.");
  const bytes = new TextEncoder().encode(json).length;
  return { draft: { id, event, data: JSON.parse(json) }, json, bytes, waiters: [] };
}
