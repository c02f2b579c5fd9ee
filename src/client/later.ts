/** What most pages need later or never. One module, because a browser then loads it at once, and compressed as one. */
export { EventDecoder } from "./event-decoder.ts";
export { dialEventStream } from "./event-stream.ts";
export { newFallback } from "./fallback.ts";
export { ask, request } from "./http.ts";
export { keptOutbox } from "./kept-outbox.ts";
export { dialPoll } from "./poll.ts";
export { newPoster } from "./poster.ts";
export { claimsOf } from "./token-claims.ts";
