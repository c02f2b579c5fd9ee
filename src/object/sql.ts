import type { Row, Sql, SqlValue } from "../storage/sql.ts";
import type { Alarm } from "./deadlines.ts";
import type { Usage } from "./usage.ts";

/** The `Sql` of a Durable Object, which counts in `usage` what it does. */
export function sqlOf(storage: DurableObjectStorage, usage: Usage): Sql {
  let hasWritten = false;
  const wrote = (rows: number) => {
    usage.rowsWritten += rows;
    if (rows === 0 || hasWritten) return;
    usage.commits++;
    hasWritten = true;
    queueMicrotask(() => {
      hasWritten = false;
    });
  };
  return {
    exec: <T extends Row>(statement: string, ...values: SqlValue[]) => {
      const cursor = storage.sql.exec<T>(statement, ...values);
      const rows = cursor.toArray();
      usage.rowsRead += cursor.rowsRead;
      wrote(cursor.rowsWritten);
      return rows;
    },
    transaction: (work) => storage.transactionSync(work),
  };
}

/** Its alarm; setting it costs a row. */
export function alarmOf(storage: DurableObjectStorage, usage: Usage): Alarm {
  return {
    getAlarm: () => storage.getAlarm(),
    setAlarm: (at) => {
      usage.rowsWritten++;
      return storage.setAlarm(at);
    },
  };
}
