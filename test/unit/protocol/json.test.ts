import fc from "fast-check";
import { expect, test } from "vitest";
import { isDeeperThan, isObject, parseJson, utf8Length } from "../../../src/protocol/json.ts";
import { anyText } from "../../support/any-text.ts";
import { holds } from "../../support/property.ts";

test("MSG-6 bytes are counted as UTF-8 has them", () => {
  holds(
    fc.property(anyText, (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
    1000,
  );
});

test.each([
  ["", 0],
  ["a", 1],
  ["\u007f\u0080", 3],
  ["\u07ff\u0800", 5],
  ["😀", 4],
  ["\ud83d", 3],
  ["\ude00\ud83d", 6],
  ["\ud83d\ud83d\ude00", 7],
])("MSG-6 %j has %i bytes", (text, bytes) => {
  expect(utf8Length(text)).toBe(bytes);
});

test("JSON-2 what is parsed is as deep as it is nested", () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 8 },
      fc.integer(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "__proto__"), tie("tree"), { maxKeys: 3 }),
    ),
  }));
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  holds(
    fc.property(tree, fc.nat(10), (value, limit) => {
      expect(isDeeperThan(limit, value)).toBe(depthOf(value) > limit);
    }),
    300,
  );
});

test.each([
  ["[", "]"],
  ['{"a":', "}"],
])("JSON-2 half a million levels of %s are found too deep, not thrown over", (open, close) => {
  const levels = 500_000;
  const value = parseJson(`${open.repeat(levels)}1${close.repeat(levels)}`);
  // An engine may refuse to parse so many: that is as good.
  if (value !== undefined) expect(isDeeperThan(64, value)).toBe(true);
});

test("FRAME-3 no text makes parsing throw, and undefined means that it is no JSON", () => {
  holds(
    fc.property(fc.oneof(anyText, fc.json()), (text) => {
      const value = parseJson(text);
      if (value !== undefined) expect(parseJson(JSON.stringify(value))).toEqual(value);
    }),
    300,
  );
  for (const text of ["", " ", "undefined", "{", "[1,]", "'a'", "\ufeff1", "NaN", "01"])
    expect(parseJson(text)).toBeUndefined();
});

test.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  ["{}", false],
  [1, false],
  [undefined, false],
])("FRAME-1 whether %j is an object: %s", (value, is) => {
  expect(isObject(value)).toBe(is);
});
