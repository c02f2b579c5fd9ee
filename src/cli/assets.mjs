// What the deployment serves beside the service: the SDK, as `/sdk/v1.js` and what that loads later, what it says of itself,
// `/openapi.json` and `/docs`, and the page of the demo. Run by wrangler (see [build] in wrangler.toml) at every start and
// every deploy, and by the tests.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./project.mjs";

const ASSETS = join(ROOT, "dist/assets");
/** Says of which sources the assets are made. */
const STAMP = join(ROOT, "dist/assets.stamp");
const FOLDERS = [
  ...["src/client", "src/protocol", "src/api", "src/demo"],
  ...["src/cli/sdk", "src/cli/openapi", "src/cli/docs", "src/cli/demo"],
];
const SOURCES = FOLDERS.map((folder) => join(ROOT, folder));
/** Single files that they are made of, too. */
const FILES = ["src/cli/assets.mjs", "src/config.ts", "package-lock.json", "README.md"].map((file) => join(ROOT, file));

/**
 * Makes the assets, if they are not those of these sources. Writes nothing that is the same already, and each file at
 * once: another service of this checkout may be serving them.
 */
export async function makeAssets() {
  const stamp = await fingerprint();
  if (existsSync(ASSETS) && (await readOr(STAMP)) === stamp) return;
  // Here, because loading them takes longer than all the rest.
  const { SDK_HEADERS, sdkAssets } = await import("./sdk/assets.mjs");
  const { DOCS_HEADERS, docsAssets } = await import("./openapi/assets.ts");
  const { demoAssets } = await import("./demo/assets.mjs");
  const made = await Promise.all([sdkAssets(), docsAssets(), demoAssets()]);
  const files = new Map([["_headers", SDK_HEADERS + DOCS_HEADERS], ...made.flatMap((some) => [...some])]);
  for (const [name, text] of files) await replace(join(ASSETS, name), text);
  for (const file of await filesBelow(ASSETS)) if (!files.has(relative(ASSETS, file))) await rm(file, { force: true });
  await replace(STAMP, stamp);
}

async function fingerprint() {
  const hash = createHash("sha256");
  for (const folder of SOURCES)
    for (const file of await filesBelow(folder))
      hash
        .update(relative(ROOT, file))
        .update("\0")
        .update(await readFile(file));
  for (const file of FILES) hash.update(await readOr(file));
  return hash.digest("hex");
}

/** @param {string} folder */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * @param {string} file
 * @param {string} text
 */
async function replace(file, text) {
  if ((await readOr(file)) === text) return;
  await mkdir(dirname(file), { recursive: true });
  const draft = join(ROOT, `dist/.draft-${process.pid}`);
  await writeFile(draft, text);
  await rename(draft, file);
}

/** @param {string} file */
async function readOr(file, otherwise = "") {
  return existsSync(file) ? readFile(file, "utf8") : otherwise;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeAssets();
