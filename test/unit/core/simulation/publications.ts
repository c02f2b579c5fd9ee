/** What clients tried to publish, and what they heard of it: I2 to I7. */
import { parseCursor } from "../../../../src/protocol/cursor.ts";
import type { Message } from "../../../../src/protocol/frames.ts";
import type { Ledger } from "./ledger.ts";

export interface Publication {
  readonly user: string;
  /** Chosen by the client, from very few; null: the service makes one up. */
  readonly id: string | null;
  /** Tells contents apart; with an id of the service's it comes only once. */
  readonly data:
    | { readonly flavor: number }
    | { readonly number: number; readonly connection: string | null; readonly filler: string };
  /** What was acknowledged to anybody before it was sent. */
  readonly floor: { readonly epoch: string; readonly seq: number };
}

export interface Receipt {
  readonly seq: number;
  readonly cursor: string;
  readonly id: string;
  readonly at: number;
  readonly duplicate?: boolean;
}

/** Bytes: two do not fit on a page. */
export const LARGE = 140_000;

export class Publications {
  readonly #ledger: Ledger;
  readonly #filler: string;
  #count = 0;
  #acknowledged = { epoch: "", seq: 0 };
  /** Numbers that are on the disk, and the last of each connection. */
  readonly #written = new Set<number>();
  readonly #lastOf = new Map<string, number>();
  readonly #refused = new Set<number>();

  /** @param large whether messages are so large that each is a page of a replay */
  constructor(ledger: Ledger, large: boolean) {
    this.#ledger = ledger;
    this.#filler = large ? "x".repeat(LARGE) : "";
  }

  make(user: string, id: string | null, flavor: number, connection: string | null): Publication {
    const filler = this.#filler;
    const data = id === null ? { number: ++this.#count, connection, filler } : { flavor };
    return { user, id, data, floor: this.#acknowledged };
  }

  /** Messages have been written: each must have been published, and be there once. */
  written(messages: readonly Message[], now: number): void {
    for (const { seq, user, id, data } of messages) {
      const { number, connection } = data as { number?: number; connection?: string | null };
      if (number === undefined) {
        const retained = this.#ledger.retained(now).filter((other) => other.user === user && other.id === id);
        if (retained.length > 1) throw new Error(`I3: ${user} has ${retained.length} messages ${id}`);
        continue;
      }
      if (number > this.#count || this.#refused.has(number)) throw new Error(`I3: nobody published what is at ${seq}`);
      if (this.#written.has(number)) throw new Error(`I3: what is at ${seq} was there already`);
      this.#written.add(number);
      if (!connection) continue;
      if (number < (this.#lastOf.get(connection) ?? 0)) throw new Error(`I5: the message at ${seq} was overtaken`);
      this.#lastOf.set(connection, number);
    }
  }

  /** A publisher is told that it is done. */
  acknowledged({ user, id, data, floor }: Publication, receipt: Receipt): void {
    const { seq, cursor, duplicate = false } = receipt;
    const written = this.#ledger.at(cursor)?.message;
    if (written === undefined) throw new Error(`I2: ${cursor} was acknowledged, and is not in the log`);
    const said = { seq, id: receipt.id, at: receipt.at, user, data };
    const is = { seq: written.seq, id: written.id, at: written.at, user: written.user, data: written.data };
    if (JSON.stringify(said) !== JSON.stringify(is)) throw new Error(`I7: the ack of ${cursor} speaks of another`);
    if (id !== null && id !== written.id) throw new Error(`I7: the ack of ${cursor} has another id`);
    const epoch = parseCursor(cursor)?.epoch ?? "";
    if (!duplicate && epoch === floor.epoch && seq <= floor.seq)
      throw new Error(`I6: ${seq} was published after ${floor.seq} was acknowledged`);
    if (epoch !== this.#acknowledged.epoch || seq > this.#acknowledged.seq) this.#acknowledged = { epoch, seq };
  }

  /** A publisher is told that it is not done. */
  refused({ data }: Publication, code: string): void {
    if (code !== "id_conflict" && code !== "overloaded") throw new Error(`why ${code}?`);
    if ("number" in data) this.#refused.add(data.number);
  }
}
