// The package's own package.json: what may be imported from it, and what it needs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../project.mjs";
import { ENTRIES } from "./bundle.mjs";

/**
 * @param {readonly import("./bundle.mjs").File[]} files of the package
 * @returns {Promise<Record<string, unknown>>}
 */
export async function packageJsonOf(files) {
  const own = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const exports = Object.keys(ENTRIES).map((name) => [
    `./${name}`,
    { types: `./${name}.d.ts`, default: `./${name}.js` },
  ]);
  const needed = [...importedBy(files)].filter((name) => name !== "react");
  return {
    name: own.name,
    version: own.version,
    description: own.description,
    license: own.license,
    type: own.type,
    sideEffects: false,
    engines: own.engines,
    exports: { ...Object.fromEntries(exports), "./package.json": "./package.json" },
    ...(needed.length > 0 && {
      dependencies: Object.fromEntries(needed.map((name) => [name, `^${own.devDependencies[name]}`])),
    }),
    peerDependencies: { react: ">=18" },
    peerDependenciesMeta: { react: { optional: true } },
  };
}

/**
 * The packages that they import.
 * @param {readonly import("./bundle.mjs").File[]} files
 */
function importedBy(files) {
  const names = new Set();
  for (const { code } of files)
    for (const [, target = ""] of code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"'.][^"']*)["']/g))
      names.add(target.startsWith("@") ? target.split("/", 2).join("/") : target.split("/")[0]);
  return names;
}
