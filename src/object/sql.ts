import type { Row, Sql, SqlValue } from "../storage/sql.ts";

/** The `Sql` of a Durable Object. */
export function sqlOf(storage: DurableObjectStorage): Sql {
  return {
    exec: <T extends Row>(statement: string, ...values: SqlValue[]) =>
      storage.sql.exec<T>(statement, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
  };
}
