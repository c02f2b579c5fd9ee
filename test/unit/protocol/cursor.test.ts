import fc from "fast-check";
import { expect, test } from "vitest";
import { epochFrom, formatCursor, parseCursor } from "../../../src/protocol/cursor.ts";
import { holds } from "../../support/property.ts";

test.each([
  ["k3f9x2ab-42", { epoch: "k3f9x2ab", seq: 42 }],
  ["k3f9x2ab-0", { epoch: "k3f9x2ab", seq: 0 }],
  ["0123456789abcdef-1", { epoch: "0123456789abcdef", seq: 1 }],
  ["aaaaaaaa-9007199254740991", { epoch: "aaaaaaaa", seq: 2 ** 53 - 1 }],
])("CURSOR-1 %s is a cursor", (text, cursor) => {
  expect(parseCursor(text)).toEqual(cursor);
});

const EPOCH = "k3f9x2ab";
test.each([
  "",
  "-",
  EPOCH,
  `${EPOCH}-`,
  "-1",
  "7",
  `${EPOCH}--1`,
  `${EPOCH}-00`,
  `${EPOCH}-01`,
  `${EPOCH}-+1`,
  `${EPOCH}-1.0`,
  `${EPOCH}-1e3`,
  `${EPOCH}-0x1`,
  `${EPOCH}-1n`,
  `${EPOCH}-1_0`,
  `${EPOCH}-NaN`,
  `${EPOCH}-Infinity`,
  `${EPOCH}-9007199254740992`,
  `${EPOCH}-9007199254740993`,
  `${EPOCH}-9999999999999999`,
  `${EPOCH}-${"9".repeat(400)}`,
  `${EPOCH}-１２`,
  `${EPOCH}-1-2`,
  `${EPOCH}- 1`,
  ` ${EPOCH}-1`,
  `${EPOCH}-1 `,
  `${EPOCH}-1\n`,
  `${EPOCH}-1\u0000`,
  `${EPOCH}–1`,
  "abcdefg-1",
  "abcdefghijklmnopq-1",
  "K3F9X2AB-1",
  "k3f9x2a_-1",
  "k3f9 2ab-1",
  "__proto__-1",
  "éééééééé-1",
])("CURSOR-1 %j is none", (text) => {
  expect(parseCursor(text)).toBeNull();
});

test("CURSOR-1 what is formatted is read back", () => {
  const epoch = fc.stringMatching(/^[a-z0-9]{8,16}$/);
  const seq = fc.maxSafeNat();
  holds(
    fc.property(epoch, seq, (epoch, seq) => {
      expect(parseCursor(formatCursor(epoch, seq))).toEqual({ epoch, seq });
    }),
  );
});

test("CURSOR-1 nothing else is read: what is a cursor formats to itself", () => {
  const almost = fc.stringMatching(/^[a-zA-Z0-9_]{7,17}-{0,2}[0-9+.ex]{0,18}$/);
  holds(
    fc.property(fc.oneof(almost, fc.string()), (text) => {
      const cursor = parseCursor(text);
      if (cursor !== null) expect(formatCursor(cursor.epoch, cursor.seq)).toBe(text);
    }),
    500,
  );
});

test("CURSOR-2 an epoch made of any random bytes is one", () => {
  holds(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (bytes) => {
      const epoch = epochFrom(bytes);
      expect(parseCursor(`${epoch}-1`)).toEqual({ epoch, seq: 1 });
    }),
  );
});

test("CURSOR-2 other bytes make another epoch", () => {
  expect(epochFrom(new Uint8Array(12))).not.toBe(epochFrom(new Uint8Array(12).fill(1)));
});
