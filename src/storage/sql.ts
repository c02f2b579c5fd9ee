/** The little of SQLite that storage needs: a Durable Object's `ctx.storage`, or node:sqlite in tests. */
export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

export interface Sql {
  /** Runs one statement and returns its rows. */
  exec<T extends Row>(statement: string, ...values: SqlValue[]): T[];
  /** Runs `work` in one transaction: all of it is kept, or, if it throws, nothing. */
  transaction<T>(work: () => T): T;
}
