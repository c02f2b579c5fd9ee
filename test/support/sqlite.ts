/** SQLite in memory behind the port of `src/storage`: what a Durable Object's storage is to the service. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Row, Sql, SqlValue } from "../../src/storage/sql.ts";

export class MemorySql implements Sql {
  readonly #database = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #failsAfter: number | null = null;

  exec<T extends Row>(statement: string, ...values: SqlValue[]): T[] {
    this.#wear();
    let prepared = this.#statements.get(statement);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    return prepared.all(...values) as T[];
  }

  /** As in a Durable Object, a transaction may stand within another. */
  transaction<T>(work: () => T): T {
    const [begin, commit, rollback] = TRANSACTIONS[this.#depth > 0 ? "inner" : "outer"];
    this.#database.exec(begin);
    this.#depth++;
    try {
      const result = work();
      this.#database.exec(commit);
      return result;
    } catch (error) {
      this.#database.exec(rollback);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Rows inserted, updated and deleted so far, those in indexes not counted. */
  get rowsWritten(): number {
    return this.#database.prepare("SELECT total_changes() AS n").get()?.n as number;
  }

  /** From now on the disk takes `statements` more statements, then fails one; null: it works again. */
  failAfter(statements: number | null): void {
    this.#failsAfter = statements;
  }

  #wear(): void {
    if (this.#failsAfter === null) return;
    if (this.#failsAfter === 0) throw new DiskFailure();
    this.#failsAfter--;
  }
}

/** What `failAfter` makes a statement throw. */
export class DiskFailure extends Error {
  override readonly name = "DiskFailure";
}

const TRANSACTIONS = {
  outer: ["BEGIN", "COMMIT", "ROLLBACK"],
  inner: ["SAVEPOINT inner", "RELEASE inner", "ROLLBACK TO inner; RELEASE inner"],
} as const;
