import fc from "fast-check";

/** A piece of text that is hard for some step on the way: wide, escaped, half of a pair. */
export const oddUnit = fc.oneof(
  fc.constantFrom("a", "0", '"', "\\", "/", "\n", "\u0000", "\u007f", "\u0080", "é", "\u07ff", "\u0800", "€", "\u2028"),
  fc.constantFrom("\ud7ff", "\ud800", "\udbff", "\udc00", "\udfff", "\ue000", "\ufeff", "\uffff", "😀", "👩‍👩‍👧"),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
);

/** Any text at all, lone surrogates included. */
export const anyText = fc.string({ unit: oddUnit });

/** Any JSON value, with such texts in it. */
export const anyJson = fc.jsonValue({ stringUnit: oddUnit, maxDepth: 3 });
