import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "../../fault/mutants/mutants.ts";

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  "the mutant still has a place in the source: %s",
  (_name, { file, from, to }) => {
    const source = readFileSync(new URL(`../../../src/${file}`, import.meta.url), "utf8");
    expect(source.split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  },
);
