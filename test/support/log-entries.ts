/** Builds what is appended to a `Log`. */
import { utf8Length } from "../../src/protocol/json.ts";
import type { LogChunk } from "../../src/storage/log.ts";
import type { LogEntry } from "../../src/storage/log-row.ts";

export interface EntryParts {
  at?: number;
  user?: string;
  id?: string | null;
  hash?: number;
  data?: unknown;
}

/** A message of `seq`, by default one of user `u` at time 1000 with no id of its own. */
export function entry(seq: number, parts: EntryParts = {}): LogEntry {
  const { at = 1000, user = "u", id = null, hash = 0, data = seq } = parts;
  const text = JSON.stringify({ seq, at, user, data });
  return { seq, at, user, chosenId: id, hash, text, bytes: utf8Length(text) };
}

/** Messages `first` to `last`. */
export function entries(first: number, last: number, parts: EntryParts = {}): LogEntry[] {
  return Array.from({ length: last - first + 1 }, (_, index) => entry(first + index, parts));
}

/** A message whose text has `bytes` bytes. */
export function sizedEntry(seq: number, bytes: number, parts: EntryParts = {}): LogEntry {
  const room = bytes - entry(seq, { ...parts, data: "" }).bytes;
  return entry(seq, { ...parts, data: "x".repeat(room) });
}

export function chunk(...messages: LogEntry[]): LogChunk {
  return {
    entries: messages,
    text: messages.map(({ text }) => text).join(","),
    bytes: messages.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
