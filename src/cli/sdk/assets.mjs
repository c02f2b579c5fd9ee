// The SDK as a deployment serves it: `/sdk/v1.js`, and what that loads later.
import { bundleModule } from "./bundle.mjs";

/**
 * For every page, wherever it is from. `v1.js` is asked for again after five minutes, so that a deployment's clients are
 * as new as itself, and find what they load later: that is named by its content, and a deploy takes the old ones away.
 */
export const SDK_HEADERS = `/sdk/*
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
/sdk/v1.js
  Cache-Control: public, max-age=300
/sdk/v1/*
  Cache-Control: public, max-age=31536000, immutable
`;

/**
 * Texts by file name.
 * @returns {Promise<Map<string, string>>}
 */
export async function sdkAssets() {
  return new Map((await bundleModule()).map(({ fileName, code }) => [`sdk/${fileName}`, code]));
}
