/** What most pages need later or never. One module, because a browser then loads it at once, and compressed as one. */
export { newFallback } from "./fallback.ts";
export { ask } from "./http.ts";
export { keptOutbox } from "./kept-outbox.ts";
export { claimsOf } from "./token-claims.ts";
