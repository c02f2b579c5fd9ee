// The SDK as tsdown makes it: as a package for other people's bundlers, and as one module for a browser.
import { join } from "node:path";
import { build } from "tsdown";
import { ROOT } from "../project.mjs";

/** What may be imported from the package, and where it begins. React is the application's own. */
export const ENTRIES = { client: "src/client/index.ts", server: "src/server/index.ts", react: "src/react/index.ts" };

/** @typedef {{ readonly fileName: string, readonly code: string }} File a file, by its path below where it belongs */

/** Readable, with types, without what it depends on: that is for the application's own bundler. */
export function bundlePackage() {
  return bundle({
    entry: ENTRIES,
    platform: "neutral",
    dts: true,
    hash: false,
    deps: { neverBundle: [/^react$/] },
  });
}

/**
 * For `<script type="module">`: everything that a WebSocket needs in `v1.js` itself, so that a browser that kept it needs
 * nothing else; the other transports beside it, named by their content, because the two must fit.
 */
export function bundleModule() {
  return bundle({
    entry: { v1: ENTRIES.client },
    platform: "browser",
    minify: true,
    deps: { alwaysBundle: [/./] },
    inputOptions: { preserveEntrySignatures: "allow-extension" },
    outputOptions: { chunkFileNames: "v1/[name]-[hash].js" },
  });
}

/**
 * @param {import("tsdown").InlineConfig} options
 * @returns {Promise<File[]>}
 */
export async function bundle(options) {
  const { bundles } = await build({
    config: false,
    cwd: ROOT,
    tsconfig: join(ROOT, "tsconfig.json"),
    format: "esm",
    target: "es2022",
    fixedExtension: false,
    dts: false,
    write: false,
    clean: false, // or all of dist would be gone
    logLevel: "error",
    ...options,
  });
  return bundles
    .flatMap(({ chunks }) => chunks)
    .map((chunk) => ({ fileName: chunk.fileName, code: chunk.type === "chunk" ? chunk.code : String(chunk.source) }));
}
