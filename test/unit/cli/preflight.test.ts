import { expect, test } from "vitest";
import { isNewEnough, preflight } from "../../../src/cli/preflight.mjs";

test.each([
  ["20.20.2", false],
  ["22.11.9", false],
  ["22.12.0", true],
  ["22.23.3", true],
  ["24.0.0", true],
  ["", false],
])("Node %s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test("where the tests run, everything is there", () => {
  expect(preflight()).toEqual({ node: process.execPath });
});
