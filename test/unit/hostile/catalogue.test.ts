import { describe, expect, test } from "vitest";
import { counted } from "../../hostile/catalogue.ts";

const groups = counted();
const sizes = groups.map(({ surface, group, whats }) => `${surface.padEnd(12)}${group.padEnd(16)}${whats.length}`);
const total = groups.reduce((sum, { whats }) => sum + whats.length, 0);

test("the catalogue of what is sent to break the service and the SDK has at least 300 cases", () => {
  console.log(["cases by surface and group:", ...sizes, `all together: ${total}`].join("\n"));
  expect(total).toBeGreaterThanOrEqual(300);
});

describe("every surface has its cases, and no case stands there twice", () => {
  test.each(groups)("$surface, $group", ({ whats }) => {
    expect(whats.length).toBeGreaterThan(0);
    expect(whats.filter((what, index) => whats.indexOf(what) !== index)).toEqual([]);
  });
});
