/**
 * A position in a channel's log, the same string on every transport: `<epoch>-<seq>`, for example `k3f9x2ab-42`.
 * `<epoch>-0` is before the first message. (SPEC CURSOR-1)
 */
export interface Cursor {
  /** Which life of the log: 8 to 16 of `a-z0-9`. A new one whenever the log was lost, cleared or erased. */
  readonly epoch: string;
  /** 0 to 2^53 - 1. */
  readonly seq: number;
}

// No sign, no leading zero, no exponent: `Number()` alone would accept "", "0x10" and " 7 ".
export const CURSOR = /^([a-z0-9]{8,16})-(0|[1-9][0-9]{0,15})$/;

/** The cursor that `text` is, or null if it is none. */
export function parseCursor(text: string): Cursor | null {
  const [, epoch = "", digits] = CURSOR.exec(text) ?? [];
  const seq = Number(digits);
  return Number.isSafeInteger(seq) ? { epoch, seq } : null;
}

export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}-${seq}`;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** An epoch from 12 random bytes (62 bits: two lives of one log never meet). */
export function epochFrom(random: Uint8Array): string {
  let epoch = "";
  for (const byte of random.subarray(0, 12)) epoch += LETTERS[byte % LETTERS.length];
  return epoch;
}
