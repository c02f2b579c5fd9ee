// The page of the demo, as a deployment serves it: one script, one style sheet, one page.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../project.mjs";
import { bundle } from "../sdk/bundle.mjs";

const DEMO = join(ROOT, "src/demo");

/**
 * What is served below `demo/`, as text, by its path.
 * @returns {Promise<Map<string, string>>}
 */
export async function demoAssets() {
  const files = new Map();
  for (const name of ["index.html", "icon.svg"]) files.set(`demo/${name}`, await readFile(join(DEMO, name), "utf8"));
  files.set("demo/style.css", await styleSheet());
  for (const { fileName, code } of await bundleDemo()) files.set(`demo/${fileName}`, code);
  return files;
}

/** In one file: what is loaded later could not be, while the server is down. */
function bundleDemo() {
  return bundle({
    entry: { main: "src/demo/main.ts" },
    platform: "browser",
    minify: true,
    deps: { alwaysBundle: [/./] },
    outputOptions: { codeSplitting: false },
  });
}

/** The tokens first, then what uses them. */
async function styleSheet() {
  const names = (await readdir(join(DEMO, "style"))).filter((name) => name !== "tokens.css").sort();
  const sheets = ["tokens.css", ...names].map((name) => readFile(join(DEMO, "style", name), "utf8"));
  const chart = readFile(join(ROOT, "node_modules/uplot/dist/uPlot.min.css"), "utf8");
  return (await Promise.all([chart, ...sheets])).join("\n");
}
