/** `npm run bench:plot -- RESULT.json PLOT.svg`: draws what `npm run bench -- curve --json RESULT.json` has measured. */
import { readFileSync, writeFileSync } from "node:fs";
import { captionOf, chartsOf, type Result } from "./curve.ts";
import { svg } from "./svg.ts";

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error("npm run bench:plot -- RESULT.json PLOT.svg");
  process.exit(1);
}
try {
  const result = JSON.parse(readFileSync(from, "utf8")) as Result;
  const drawing = svg(chartsOf(result), captionOf(result));
  writeFileSync(to, drawing);
  console.log(`${to}: ${(drawing.length / 1000).toFixed(1)} kB`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
