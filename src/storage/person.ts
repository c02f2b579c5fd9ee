/**
 * What a user's object keeps beside the inbox: where the user is connected, since when older tokens are refused, when they
 * were last seen and how far they have read. Tables of their own, made by the first write, because erasing the inbox must
 * not bring old tokens back.
 */
import type { Cursor } from "../protocol/cursor.ts";
import { tablesIn } from "./schema.ts";
import type { Row, Sql } from "./sql.ts";

/** A channel in which the user is, or was when last heard of. */
export interface Place {
  /** `room:lobby` */
  readonly channel: string;
  /** When that channel told of it, by its clock; ms. */
  readonly enteredAt: number;
  /** Connections there with tokens that are not younger than this second are still to be closed; null: none are. */
  readonly revoking: number | null;
}

interface PersonRow extends Row {
  revoked: number | null;
  last_seen: number | null;
  read_epoch: string | null;
  read_seq: number | null;
}
interface PlaceRow extends Row {
  channel: string;
  entered_at: number;
  revoking: number | null;
}

const SCHEMA = [
  `CREATE TABLE person (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     revoked INTEGER,
     last_seen INTEGER,
     read_epoch TEXT,
     read_seq INTEGER)`,
  "INSERT INTO person (only) VALUES (1)",
  `CREATE TABLE places (
     channel TEXT PRIMARY KEY,
     entered_at INTEGER NOT NULL,
     revoking INTEGER) WITHOUT ROWID`,
];

export class PersonTables {
  readonly #sql: Sql;
  /** Null: nothing was ever written. */
  #person: PersonRow | null = null;
  readonly #places = new Map<string, Place>();

  constructor(sql: Sql, tables = tablesIn(sql)) {
    this.#sql = sql;
    if (!tables.has("person")) return;
    this.#person = sql.exec<PersonRow>("SELECT revoked, last_seen, read_epoch, read_seq FROM person")[0] ?? null;
    for (const { channel, entered_at, revoking } of sql.exec<PlaceRow>("SELECT * FROM places"))
      this.#places.set(channel, { channel, enteredAt: entered_at, revoking });
  }

  get isUsed(): boolean {
    return this.#person !== null;
  }

  get places(): ReadonlyMap<string, Place> {
    return this.#places;
  }

  /** Tokens made in this second or before are refused; s; null: all are good. */
  get revoked(): number | null {
    return this.#person?.revoked ?? null;
  }

  /** ms; null: never. */
  get lastSeen(): number | null {
    return this.#person?.last_seen ?? null;
  }

  /** How far the inbox is read; null: not at all. */
  get read(): Cursor | null {
    const { read_epoch: epoch = null, read_seq: seq = null } = this.#person ?? {};
    return epoch === null || seq === null ? null : { epoch, seq };
  }

  putPlace({ channel, enteredAt, revoking }: Place): void {
    this.#opened();
    this.#sql.exec(
      "INSERT OR REPLACE INTO places (channel, entered_at, revoking) VALUES (?, ?, ?)",
      channel,
      enteredAt,
      revoking,
    );
    this.#places.set(channel, { channel, enteredAt, revoking });
  }

  removePlace(channel: string): void {
    if (!this.#places.delete(channel)) return;
    this.#sql.exec("DELETE FROM places WHERE channel = ?", channel);
  }

  /**
   * Refuses tokens up to `at` (s; not less than before, though the clock went back), and marks every place as one where
   * connections are to be closed: in one write.
   */
  revoke(at: number): void {
    const person = this.#opened();
    const second = Math.max(at, person.revoked ?? 0);
    this.#sql.transaction(() => {
      this.#sql.exec("UPDATE person SET revoked = ?", second);
      this.#sql.exec("UPDATE places SET revoking = ?", second);
    });
    person.revoked = second;
    for (const place of this.#places.values()) this.#places.set(place.channel, { ...place, revoking: second });
  }

  seen(at: number): void {
    const person = this.#opened();
    if (person.last_seen !== null && person.last_seen >= at) return;
    this.#sql.exec("UPDATE person SET last_seen = ?", at);
    person.last_seen = at;
  }

  readUpTo({ epoch, seq }: Cursor): void {
    const person = this.#opened();
    this.#sql.exec("UPDATE person SET read_epoch = ?, read_seq = ?", epoch, seq);
    person.read_epoch = epoch;
    person.read_seq = seq;
  }

  #opened(): PersonRow {
    if (this.#person === null) {
      this.#sql.transaction(() => {
        for (const statement of SCHEMA) this.#sql.exec(statement);
      });
      this.#person = { revoked: null, last_seen: null, read_epoch: null, read_seq: null };
    }
    return this.#person;
  }
}
