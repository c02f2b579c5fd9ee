import fc from "fast-check";
import { expect, test } from "vitest";
import { contentHash } from "../../../src/core/hash.ts";
import { anyText } from "../../support/any-text.ts";
import { holds } from "../../support/property.ts";

test("MSG-5 the hash of a content is what it was when it was written to disk: it must never change", () => {
  const hashes = [contentHash("message", "null"), contentHash("note", '{"a":"é😀"}'), contentHash("a", "")];
  expect(hashes).toEqual([3626812283572361, 2505487367032376, 3509104995192900]);
});

test("MSG-5 a hash is a whole number that SQLite and JSON keep", () => {
  holds(
    fc.property(anyText, anyText, (event, data) => {
      const hash = contentHash(event, data);
      expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
      expect(contentHash(event, data)).toBe(hash);
    }),
  );
});

test("MSG-5 other contents have other hashes, also where event and data only meet elsewhere", () => {
  const contents = new Set<string>();
  const hashes = new Set<number>();
  for (const event of ["a", "ab", "abc", ""])
    for (let number = 0; number < 1000; number++) {
      for (const data of [`${number}`, `"${number}"`, `bc${number}`, `[${number},0]`]) {
        contents.add(`${event}\n${data}`);
        hashes.add(contentHash(event, data));
      }
    }
  expect(hashes.size).toBe(contents.size);
});
