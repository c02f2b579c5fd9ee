import { expect, test } from "vitest";
import { printable } from "../../../src/cli/printable.ts";

test.each<[string, string, string]>([
  ["ordinary text stays", "Grüße, 你好 👩‍👩‍👧 ✓", "Grüße, 你好 👩‍👩‍👧 ✓"],
  ["colours and cursor movements", "\x1b[31mred\x1b[2J", "[31mred[2J"],
  ["a window title", "\x1b]0;owned\x07", "]0;owned"],
  ["C1 controls", "a\x9b31mb\x85c", "a31mbc"],
  ["backspace, delete, bell, null", "a\b\x7f\x07\0b", "ab"],
  ["a forged line", "hi\r\nbob: I quit\nalice: no", "hi bob: I quit alice: no"],
  ["tabs and separators", "a\tb\u2028c\u2029d", "a b c d"],
  ["reversed text", "\u202eevil\u202c\u2066x\u2069", "evilx"],
  ["half a surrogate pair", "a\ud800b\udc00c", "abc"],
])("%s", (_, text, expected) => {
  expect(printable(text)).toBe(expected);
});
