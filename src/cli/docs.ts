/** `npm run docs`: writes the tables that are made from the code into README.md and SPEC.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { withTables } from "./docs/tables.ts";

for (const file of ["README.md", "src/protocol/SPEC.md"]) {
  const path = new URL(`../../${file}`, import.meta.url);
  const before = readFileSync(path, "utf8");
  const after = withTables(before);
  if (after !== before) writeFileSync(path, after);
  console.log(`${file}: ${after === before ? "up to date" : "written"}`);
}
