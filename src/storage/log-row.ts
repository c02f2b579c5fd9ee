/** How a row of the log says what messages it holds, so that replay and history cut its body and parse none of it. */

/** A message as it is stored and sent, with what the index needs to know of it. */
export interface LogEntry {
  readonly seq: number;
  readonly at: number;
  readonly user: string;
  /** The id, if the publisher chose it; null if the service made it up (it can come only once). */
  readonly chosenId: string | null;
  /** Hash of event and data; 0 without a chosen id. */
  readonly hash: number;
  /** The JSON that every reader gets. */
  readonly text: string;
  /** Bytes of `text` in UTF-8. */
  readonly bytes: number;
}

export interface IndexEntry {
  /** UTF-16 units of the message's text in the body. */
  readonly length: number;
  readonly bytes: number;
  readonly at: number;
  readonly user: string;
  readonly chosenId: string | null;
  readonly hash: number;
}

type Packed = [length: number, extraBytes: number, afterFirst: number, user: string, id: string | 0, hash: number];

/** The index of `entries`, to stand in a row whose first message came at `firstAt`; joined to others by a comma. */
export function encodeIndex(entries: readonly LogEntry[], firstAt: number): string {
  let index = "";
  for (const { text, bytes, at, user, chosenId, hash } of entries) {
    const packed: Packed = [text.length, bytes - text.length, at - firstAt, user, chosenId ?? 0, hash];
    index += index === "" ? JSON.stringify(packed) : `,${JSON.stringify(packed)}`;
  }
  return index;
}

/** Reads an index; null if it does not fit the row, which is then treated as missing, so that the rest stays readable. */
export function decodeIndex(index: string, firstAt: number, count: number): IndexEntry[] | null {
  try {
    const packed = JSON.parse(`[${index}]`) as Packed[];
    if (packed.length !== count) return null;
    return packed.map(([length, extraBytes, afterFirst, user, id, hash]) => ({
      length,
      bytes: length + extraBytes,
      at: firstAt + afterFirst,
      user,
      chosenId: id === 0 ? null : id,
      hash,
    }));
  } catch {
    return null;
  }
}

/** The texts of a row's messages; null if index and body do not fit each other. */
export function cutBody(body: string, entries: readonly IndexEntry[]): string[] | null {
  const texts: string[] = [];
  let start = 0;
  for (const { length } of entries) {
    texts.push(body.slice(start, start + length));
    start += length + 1; // the comma
  }
  return start - 1 === body.length ? texts : null;
}
