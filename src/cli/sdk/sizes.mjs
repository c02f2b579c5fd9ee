// What the SDK costs whoever loads it, gzipped, as a deployment serves it. As a program: says so, and fails if it is too much.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleModule } from "./bundle.mjs";

/**
 * Bytes: with a WebSocket alone, with what is loaded where that does not get through, and what is loaded beside either
 * where rooms share a connection. What it is now, and no more.
 */
export const LIMITS = { websocket: 6600, all: 10_400, multiplex: 3950 };

/** @returns {Promise<{ websocket: number, all: number, multiplex: number }>} bytes */
export async function measureSdk() {
  const files = await bundleModule();
  const weigh = (/** @type {typeof files} */ some) =>
    some.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  const isMultiplex = (/** @type {typeof files[number]} */ { fileName }) => fileName.includes("/multiplex-");
  return {
    websocket: weigh(files.filter(({ fileName }) => fileName === "v1.js")),
    all: weigh(files.filter((file) => !isMultiplex(file))),
    multiplex: weigh(files.filter(isMultiplex)),
  };
}

/** @param {{ websocket: number, all: number, multiplex: number }} sizes */
export function sentenceOf({ websocket, all, multiplex }) {
  const kB = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  return `${kB(websocket)} gzipped (at most ${kB(LIMITS.websocket)}), ${kB(all)} with SSE and poll (${kB(LIMITS.all)}), ${kB(multiplex)} more with multiplex (${kB(LIMITS.multiplex)})`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = await measureSdk();
  console.log(sentenceOf(sizes));
  const isWithin = (/** @type {keyof typeof LIMITS} */ name) => sizes[name] <= LIMITS[name];
  process.exitCode = isWithin("websocket") && isWithin("all") && isWithin("multiplex") ? 0 : 1;
}
