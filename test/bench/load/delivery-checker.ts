/**
 * Whether every subscriber of a room got every message exactly once, each publisher's in the order they were published,
 * and all subscribers in one and the same order.
 */

/** How often what must not happen happened. All zero: nothing lost, doubled, reordered or strayed. */
export interface Faults {
  /** Came again, or late: a count at or below one already seen. */
  repeated: number;
  /** Counts that were stepped over (a reordering is a skip and then a repeat). */
  skipped: number;
  /** Never came, though published: the end of a publisher's history. */
  missing: number;
  /** From a publisher of another room. */
  foreign: number;
  /** Subscribers who saw the messages in another order than the first subscriber did. */
  otherOrder: number;
}

export class DeliveryChecker {
  readonly #subscribers: number;
  readonly #firstPublisher: number;
  readonly #publishers: number;
  /** For subscriber s and publisher p at `s * publishers + p`: the count that has to come next. */
  readonly #next: Int32Array;
  /** For each subscriber a hash of the order of everything it saw: 4 bytes instead of a history. */
  readonly #order: Int32Array;
  readonly #faults: Faults = { repeated: 0, skipped: 0, missing: 0, foreign: 0, otherOrder: 0 };
  delivered = 0;

  /** Publishers are numbered through all rooms: this room's are `firstPublisher` and the `publishers - 1` after it. */
  constructor(room: { subscribers: number; firstPublisher: number; publishers: number }) {
    this.#subscribers = room.subscribers;
    this.#firstPublisher = room.firstPublisher;
    this.#publishers = room.publishers;
    this.#next = new Int32Array(room.subscribers * room.publishers);
    this.#order = new Int32Array(room.subscribers);
  }

  take(subscriber: number, publisher: number, count: number): void {
    const local = publisher - this.#firstPublisher;
    if (local < 0 || local >= this.#publishers) {
      this.#faults.foreign++;
      return;
    }
    const at = subscriber * this.#publishers + local;
    const expected = this.#next[at] as number;
    if (count < expected) {
      this.#faults.repeated++;
    } else {
      this.#faults.skipped += count - expected;
      this.#next[at] = count + 1;
      this.delivered++;
    }
    const order = this.#order[subscriber] as number;
    this.#order[subscriber] = Math.imul(order ^ Math.imul(local + 1, 0x9e3779b1) ^ count, 0x01000193);
  }

  /** @param published how many messages each publisher of the room sent */
  finish(published: readonly number[]): Faults {
    const faults = { ...this.#faults };
    for (let subscriber = 0; subscriber < this.#subscribers; subscriber++) {
      if (this.#order[subscriber] !== this.#order[0]) faults.otherOrder++;
      for (let publisher = 0; publisher < this.#publishers; publisher++) {
        const seen = this.#next[subscriber * this.#publishers + publisher] as number;
        faults.missing += Math.max(0, (published[publisher] ?? 0) - seen);
      }
    }
    return faults;
  }
}

export function sumFaults(all: readonly Faults[]): Faults {
  const sum: Faults = { repeated: 0, skipped: 0, missing: 0, foreign: 0, otherOrder: 0 };
  for (const faults of all) {
    for (const kind of Object.keys(sum) as (keyof Faults)[]) sum[kind] += faults[kind];
  }
  return sum;
}

/** The faults in words, or null if there are none. */
export function describeFaults(faults: Faults): string | null {
  const found = Object.entries(faults).filter(([, times]) => times > 0);
  return found.length === 0 ? null : found.map(([kind, times]) => `${times} ${kind}`).join(", ");
}
