/** What the cost model assumes beside the list of prices (src/demo/prices.ts). */

/**
 * What a write takes there until it is confirmed, ms: Cloudflare publishes no figure, and here it is an fsync. Every commit
 * is counted with it, so that the time an object is busy is rather too long than too short.
 */
export const COMMIT_MS = 10;
