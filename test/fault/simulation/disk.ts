/**
 * The disk of one object: SQLite in memory. What one event writes is kept as a whole or lost as a whole, and it is safe
 * only some time later: until then a crash may lose it, with all that was written after it.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";

type Value = string | number | null;

/** What a statement throws that the disk does not take. */
export class DiskFailure extends Error {
  override readonly name = "DiskFailure";
}

interface Database {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

/** Databases of runs that are over, empty: to open one takes longer than most runs do. */
const pool: Database[] = [];

export class Disk {
  readonly #base: Database;
  /** Of the events that have written and are not safe yet: the alarm as it was before each. */
  #unsafe: (number | null)[] = [];
  #depth = 0;
  /** Whether the event that is going on has written. */
  isWriting = false;
  /** When the alarm is to ring, ms; null: it is not set. */
  #alarm: number | null = null;
  /** Statements until one fails; null: none does. */
  failsAfter: number | null = null;
  hasFailed = false;
  /** Called before the first write of an event. */
  onWrite: () => void = () => {};
  /** Called when a statement fails. */
  onFailure: () => void = () => {};

  constructor() {
    this.#base = pool.pop() ?? { database: new DatabaseSync(":memory:"), statements: new Map() };
  }

  get alarm(): number | null {
    return this.#alarm;
  }

  set alarm(at: number | null) {
    if (at === this.#alarm) return;
    this.#begin();
    this.#alarm = at;
  }

  /** How many events have written something that is not safe. */
  get unsafe(): number {
    return this.#unsafe.length;
  }

  exec(statement: string, ...values: Value[]): unknown[] {
    if (this.failsAfter !== null && this.failsAfter-- === 0) {
      this.hasFailed = true;
      this.onFailure();
      throw new DiskFailure("the disk does not take it");
    }
    if (!READS.test(statement)) this.#begin();
    return this.#prepared(statement).all(...values);
  }

  transaction<T>(work: () => T): T {
    this.#begin();
    const name = `inner${++this.#depth}`;
    this.#base.database.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.#base.database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.#base.database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** The event is over. */
  eventEnded(): void {
    this.isWriting = false;
  }

  /** Everything that was written is safe. */
  makeSafe(): void {
    if (this.#unsafe.length > 0) this.#base.database.exec("COMMIT");
    this.#unsafe = [];
  }

  /** Of the events that are not safe, those from number `kept` on are lost. */
  crash(kept: number): void {
    const lost = this.#unsafe[kept];
    if (lost !== undefined) {
      this.#base.database.exec(`ROLLBACK TO event${kept}`);
      this.#alarm = lost;
    }
    if (this.#unsafe.length > 0) this.#base.database.exec("COMMIT");
    this.#unsafe = [];
    this.isWriting = false;
    this.hasFailed = false;
    this.failsAfter = null;
  }

  /** All is lost, as if there had never been anything. */
  wipe(): void {
    this.crash(this.#unsafe.length);
    this.#empty();
  }

  /** The event that is going on deletes everything, the alarm too. */
  deleteAll(): void {
    this.#begin();
    this.#empty();
  }

  #empty(): void {
    this.#alarm = null;
    const tables = this.#base.database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all();
    for (const { name } of tables) this.#base.database.exec(`DROP TABLE ${name}`);
  }

  /** The run is over. */
  release(): void {
    this.wipe();
    pool.push(this.#base);
  }

  #begin(): void {
    if (this.isWriting) return;
    this.onWrite();
    this.isWriting = true;
    if (this.#unsafe.length === 0) this.#base.database.exec("BEGIN");
    this.#base.database.exec(`SAVEPOINT event${this.#unsafe.length}`);
    this.#unsafe.push(this.#alarm);
  }

  #prepared(statement: string): StatementSync {
    const { database, statements } = this.#base;
    let prepared = statements.get(statement);
    if (prepared === undefined) {
      prepared = database.prepare(statement);
      statements.set(statement, prepared);
    }
    return prepared;
  }
}

const READS = /^\s*SELECT/i;
