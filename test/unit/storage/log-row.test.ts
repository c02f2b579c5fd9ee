import { expect, test } from "vitest";
import { cutBody, decodeIndex, encodeIndex } from "../../../src/storage/log-row.ts";
import { chunk, entry } from "../../support/log-entries.ts";

const MESSAGES = [
  entry(1, { at: 1000, user: "alice", id: 'a,b"\\', hash: 2 ** 53 - 1, data: "é😀\ud800" }),
  entry(2, { at: 1000, user: "bob" }),
  entry(3, { at: 4000, user: "alice", id: "0", hash: 7, data: { text: "],[" } }),
];

test("MSG-1 an index says what a row's messages are, and where each begins", () => {
  const index = encodeIndex(MESSAGES, 1000);
  const expected = MESSAGES.map(({ text, bytes, at, user, chosenId, hash }) => {
    return { length: text.length, bytes, at, user, chosenId, hash };
  });
  expect(decodeIndex(index, 1000, 3)).toEqual(expected);
  expect(cutBody(chunk(...MESSAGES).text, expected)).toEqual(MESSAGES.map(({ text }) => text));
});

test("MSG-1 an index grows by joining what comes to what there is", () => {
  const [first, ...others] = MESSAGES;
  const joined = `${encodeIndex(first ? [first] : [], 1000)},${encodeIndex(others, 1000)}`;
  expect(joined).toBe(encodeIndex(MESSAGES, 1000));
});

test.each([
  ["", 1],
  ["nonsense", 1],
  ['[5,0,0,"u",0,0]', 2],
  ['[5,0,0,"u",0,0],[5,0,0,"u",0,0]', 1],
  ["1", 1],
  ["null", 1],
  ['[5,0,0,"u",0,0', 1],
])("L5 the index %j of %i messages is damaged", (index, count) => {
  expect(decodeIndex(index, 0, count)).toBeNull();
});

test("L5 a body that is longer or shorter than its index is damaged", () => {
  const index = decodeIndex(encodeIndex(MESSAGES, 1000), 1000, 3) ?? [];
  const { text } = chunk(...MESSAGES);
  expect(cutBody(`${text}x`, index)).toBeNull();
  expect(cutBody(text.slice(1), index)).toBeNull();
  expect(cutBody("", index)).toBeNull();
});
