// C0, DEL and C1 drive a terminal; the marks and separators reorder or break a line so that one user can pose as
// another; half a surrogate pair is no character.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** `text` as one line that does nothing to a terminal but appear on it. */
export function printable(text: string): string {
  return text.replace(/\r\n|[\t\n\v\f\r\u2028\u2029]/g, " ").replace(UNPRINTABLE, "");
}
