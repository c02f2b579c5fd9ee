import { vi } from "vitest";
import type { Channel } from "./channel.ts";

/** What objects did, in its order. */
export type Deed =
  | { kind: "sql"; statement: string; rowsRead: number; rowsWritten: number }
  | { kind: "send"; frame: string }
  | { kind: "alarm"; at: number };

/** Rows written by all statements. Each alarm that is set is one more, and is counted apart. */
export const rowsWritten = (deeds: readonly Deed[]): number =>
  deeds.reduce((sum, deed) => sum + (deed.kind === "sql" ? deed.rowsWritten : 0), 0);

export const rowsRead = (deeds: readonly Deed[]): number =>
  deeds.reduce((sum, deed) => sum + (deed.kind === "sql" ? deed.rowsRead : 0), 0);

export const alarmsSet = (deeds: readonly Deed[]): number => deeds.filter(({ kind }) => kind === "alarm").length;

export const statements = (deeds: readonly Deed[]): string[] =>
  deeds.flatMap((deed) => (deed.kind === "sql" ? [deed.statement] : []));

/** What was written and sent, in order: `write log`, `send messages`, `set alarm`. */
export const outline = (deeds: readonly Deed[]): string[] =>
  deeds.flatMap((deed) => {
    if (deed.kind === "alarm") return ["set alarm"];
    if (deed.kind === "send") return [`send ${JSON.parse(deed.frame).type}`];
    const table = /^\s*(?:INSERT (?:OR REPLACE )?INTO|UPDATE|DELETE FROM)\s+(\w+)/.exec(deed.statement);
    return table === null ? [] : [`write ${table[1]}`];
  });

interface Prototypes {
  sql: SqlStorage;
  storage: DurableObjectStorage;
}

/**
 * Records what all objects of the calling file write, send and set while `work` runs, through hibernations and resets.
 * Uses `channel` only to find what to record.
 */
export async function recording(channel: Channel, work: () => Promise<unknown>): Promise<Deed[]> {
  const deeds: Deed[] = [];
  const { sql, storage } = await channel.inside((_, state): Prototypes => {
    return { sql: Object.getPrototypeOf(state.storage.sql), storage: Object.getPrototypeOf(state.storage) };
  });
  const exec = sql.exec;
  const execute = vi.spyOn(sql, "exec").mockImplementation(function (this: SqlStorage, statement, ...values) {
    const cursor = exec.call(this, statement, ...values);
    const deed = { kind: "sql" as const, statement, rowsRead: 0, rowsWritten: 0 };
    deeds.push(deed);
    const toArray = cursor.toArray.bind(cursor);
    cursor.toArray = () => {
      const rows = toArray();
      // Complete only when all rows have been read.
      deed.rowsRead = cursor.rowsRead;
      deed.rowsWritten = cursor.rowsWritten;
      return rows;
    };
    return cursor;
  } as typeof exec);
  const setAlarm = storage.setAlarm;
  const set = vi.spyOn(storage, "setAlarm").mockImplementation(function (this: DurableObjectStorage, at) {
    deeds.push({ kind: "alarm", at: Number(at) });
    return setAlarm.call(this, at);
  });
  const send = WebSocket.prototype.send;
  const sent = vi.spyOn(WebSocket.prototype, "send").mockImplementation(function (this: WebSocket, frame) {
    if (isServers(this)) deeds.push({ kind: "send", frame: frame as string });
    send.call(this, frame);
  });
  try {
    await work();
  } finally {
    for (const spy of [execute, set, sent]) spy.mockRestore();
  }
  return deeds;
}

/** Client and object run in one isolate here: only the object's ends of the sockets carry an attachment. */
function isServers(socket: WebSocket): boolean {
  try {
    return socket.deserializeAttachment() !== null;
  } catch {
    return false;
  }
}
