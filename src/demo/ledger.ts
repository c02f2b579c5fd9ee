/**
 * Counts what both people publish and what each of them receives, and so what is lost, doubled or out of order. It knows
 * nothing of the SDK or the service: it believes only what went in and what came out.
 */

/** A message as somebody received it. */
export interface Delivery {
  readonly seq: number;
  readonly id: string;
}

export interface Totals {
  /** Published by one of them. */
  readonly sent: number;
  /** Of these, by the other. */
  readonly received: number;
  /** Not there yet, and nothing wrong with that. */
  readonly waiting: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

interface Sent {
  readonly by: string;
  /** Which of the publisher's it is: 1, 2, 3 … */
  readonly turn: number;
  /** Null: not acknowledged. */
  seq: number | null;
  /** When it was acknowledged, ms. */
  at: number;
}

/** ms that somebody may be connected without receiving what was acknowledged. */
const PATIENCE = 10_000;

/** What one of them has received. */
class Reader {
  first = 0;
  highest = 0;
  readonly ids = new Set<string>();
  /** Passed over, and not come yet. */
  readonly holes = new Set<number>();
  /** The last turn of each publisher. */
  readonly turns = new Map<string, number>();
  doubled = 0;
  reordered = 0;
  /** ms; null: not connected now. */
  connectedSince: number | null = null;
  /** When they were there for the first time, ms. */
  beganAt = Number.POSITIVE_INFINITY;

  take({ seq, id }: Delivery, sent: Sent | undefined): void {
    const isKnown = this.ids.has(id);
    this.ids.add(id);
    if (this.highest === 0) this.first = seq;
    const isLate = this.highest !== 0 && seq <= this.highest;
    if (isKnown || (isLate && seq >= this.first && !this.holes.has(seq))) this.doubled++;
    else if (isLate || (sent !== undefined && sent.turn < (this.turns.get(sent.by) ?? 0))) this.reordered++;
    this.holes.delete(seq);
    if (this.highest !== 0) for (let hole = this.highest + 1; hole < seq; hole++) this.holes.add(hole);
    this.highest = Math.max(this.highest, seq);
    if (sent !== undefined) this.turns.set(sent.by, Math.max(sent.turn, this.turns.get(sent.by) ?? 0));
  }
}

export class Ledger {
  readonly #now: () => number;
  readonly #readers = new Map<string, Reader>();
  readonly #turns = new Map<string, number>();
  readonly #sent = new Map<string, Sent>();
  /** Of `#sent`, what the other has not received. */
  readonly #open = new Set<string>();

  /** @param people their users; @param now ms */
  constructor(people: readonly string[], now: () => number) {
    this.#now = now;
    for (const user of people) this.#readers.set(user, new Reader());
  }

  publishing(by: string, id: string): void {
    const turn = (this.#turns.get(by) ?? 0) + 1;
    this.#turns.set(by, turn);
    this.#sent.set(id, { by, turn, seq: null, at: 0 });
    this.#open.add(id);
  }

  acknowledged(id: string, seq: number): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    sent.seq = seq;
    sent.at = this.#now();
  }

  /** The service has said no: it was not sent. */
  refused(id: string): void {
    this.#sent.delete(id);
    this.#open.delete(id);
  }

  received(reader: string, delivery: Delivery): void {
    const sent = this.#sent.get(delivery.id);
    this.#reader(reader).take(delivery, sent);
    if (sent !== undefined && sent.by !== reader) this.#open.delete(delivery.id);
  }

  /** The log has begun anew, or what is missing was said to be gone: from here on. */
  beganAnew(reader: string): void {
    const anew = this.#reader(reader);
    anew.highest = anew.first = 0;
    anew.holes.clear();
  }

  connected(reader: string, isConnected: boolean): void {
    const known = this.#reader(reader);
    if (!isConnected) known.connectedSince = null;
    else known.connectedSince ??= this.#now();
    if (isConnected) known.beganAt = Math.min(known.beganAt, this.#now());
  }

  get totals(): Totals {
    const readers = [...this.#readers.values()];
    const sum = (of: (reader: Reader) => number) => readers.reduce((total, reader) => total + of(reader), 0);
    // What is a hole in what they have received is counted there.
    const overdue = [...this.#readers].reduce((total, [user, reader]) => total + this.#overdue(user, reader), 0);
    return {
      sent: this.#sent.size,
      received: this.#sent.size - this.#open.size,
      waiting: this.#open.size,
      lost: sum(({ holes }) => holes.size) + overdue,
      doubled: sum(({ doubled }) => doubled),
      reordered: sum(({ reordered }) => reordered),
    };
  }

  /** Acknowledged, and not come although the reader was connected for long enough since. */
  #overdue(user: string, { connectedSince, highest, first, beganAt }: Reader): number {
    if (connectedSince === null) return 0;
    const before = this.#now() - PATIENCE;
    let overdue = 0;
    for (const id of this.#open) {
      const { by, seq, at } = this.#sent.get(id) as Sent;
      const isHole = seq !== null && seq <= highest && seq >= first;
      if (by !== user && seq !== null && !isHole && at >= beganAt && Math.max(at, connectedSince) < before) overdue++;
    }
    return overdue;
  }

  #reader(user: string): Reader {
    const reader = this.#readers.get(user);
    if (reader === undefined) throw new Error(`Nobody counts for ${user}.`);
    return reader;
  }
}
