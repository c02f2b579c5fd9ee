/**
 * The marker every published payload starts with: `#0042.000001234`, the publisher's number and its own count from 0.
 * It is what lets a delivery be recognised by looking at a few bytes: no string, no JSON.parse for each message.
 * `#` occurs nowhere else in what is sent (ids, users and JSON have none), so finding it is finding a message.
 */
const HASH = 0x23;
const DOT = 0x2e;
const ZERO = 0x30;
const PUBLISHER_DIGITS = 4;
const COUNT_DIGITS = 9;
const COUNT_AT = 1 + PUBLISHER_DIGITS + 1;
const LENGTH = COUNT_AT + COUNT_DIGITS;

export const MAX_PUBLISHERS = 10 ** PUBLISHER_DIGITS;
export const PAYLOAD_BYTES = 128;

/** A message's name: the marker without its `#`, so that it may stand where it must not be counted (an id). */
export function messageName(publisher: number, count: number): string {
  return `${String(publisher).padStart(PUBLISHER_DIGITS, "0")}.${String(count).padStart(COUNT_DIGITS, "0")}`;
}

export function markerText(publisher: number, count: number): string {
  return `#${messageName(publisher, count)}`;
}

/** The 128 bytes an application publishes: the marker, then filler. */
export function payloadText(publisher: number, count: number): string {
  return markerText(publisher, count).padEnd(PAYLOAD_BYTES, "x");
}

export interface MarkerSink {
  marker(publisher: number, count: number): void;
}

/**
 * Tells `sink` of every marker in `bytes[start, end)`, in order.
 *
 * Messages of one frame are nearly always equally long, so the next marker is looked for where the last distance
 * predicts it and searched for only if it is not there. A wrong prediction cannot hide anything: a marker that was
 * stepped over is a skipped count to the delivery checker, which fails the run.
 * @throws Error if a `#` is not followed by a marker.
 */
export function scanMarkers(bytes: Uint8Array, start: number, end: number, sink: MarkerSink): void {
  let at = bytes.indexOf(HASH, start);
  let distance = 0;
  while (at !== -1 && at < end) {
    if (at + LENGTH > end || bytes[at + COUNT_AT - 1] !== DOT) throw new Error(`malformed marker at byte ${at}`);
    sink.marker(decimal(bytes, at + 1, PUBLISHER_DIGITS), decimal(bytes, at + COUNT_AT, COUNT_DIGITS));
    const predicted = at + distance;
    const next = distance > 0 && bytes[predicted] === HASH ? predicted : bytes.indexOf(HASH, at + LENGTH);
    distance = next - at;
    at = next;
  }
}

function decimal(bytes: Uint8Array, from: number, digits: number): number {
  let value = 0;
  for (let i = from; i < from + digits; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit >>> 0 > 9) throw new Error(`malformed marker: byte ${i} is not a digit`);
    value = value * 10 + digit;
  }
  return value;
}

/** A text with counts in it that can be written over, so that a publish costs no string. */
export class CountedText {
  readonly bytes: Uint8Array;
  readonly #countsAt: number[] = [];

  /** @param text wherever it holds the name of message 0 of `publisher`, the count is replaced */
  constructor(publisher: number, text: string) {
    this.bytes = Buffer.from(text);
    const name = messageName(publisher, 0);
    for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
      this.#countsAt.push(at + name.length - COUNT_DIGITS);
    }
  }

  setCount(count: number): void {
    for (const at of this.#countsAt) {
      let rest = count;
      for (let i = at + COUNT_DIGITS - 1; i >= at; i--) {
        this.bytes[i] = ZERO + (rest % 10);
        rest = Math.trunc(rest / 10);
      }
    }
  }
}
