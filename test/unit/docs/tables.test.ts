import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TABLES, withTables } from "../../../src/cli/docs/tables.ts";

describe("the tables made from the code", () => {
  const files = ["README.md", "src/protocol/SPEC.md"].map((name) => ({
    name,
    text: readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8"),
  }));

  it.each(files)("are up to date in $name (else: npm run docs)", ({ text }) => {
    expect(text).toBe(withTables(text));
  });

  it.each(Object.keys(TABLES))("hold %s somewhere", (name) => {
    expect(files.some(({ text }) => text.includes(`<!-- begin ${name} -->`))).toBe(true);
  });

  it("are replaced between their markers, and nothing else is", () => {
    const before =
      "a\n<!-- begin codes -->\nold\n<!-- end codes -->\nb\n<!-- begin other -->\nkept\n<!-- end other -->\n";
    const after = withTables(before);
    expect(after).toMatch(/^a\n<!-- begin codes -->\n\| code \|/);
    expect(after).toContain("<!-- end codes -->\nb\n<!-- begin other -->\nkept\n<!-- end other -->\n");
    expect(after).not.toContain("old");
  });
});
