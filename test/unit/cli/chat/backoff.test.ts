import { expect, test } from "vitest";
import { backoff } from "../../../../src/cli/chat/backoff.ts";

test.each([
  [0, 1, 500],
  [1, 1, 1000],
  [5, 1, 16_000],
  [6, 1, 20_000],
  [5000, 1, 20_000],
  [3, 0, 0],
  [3, 0.25, 1000],
])("try %i with the random number %f waits %f ms", (tries, random, delay) => {
  expect(backoff(tries, random)).toBe(delay);
});
