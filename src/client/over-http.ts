/** All that goes over HTTP, loaded when it is first needed: most networks let a WebSocket through. */
export { newFallback } from "./fallback.ts";
export { request } from "./http.ts";
