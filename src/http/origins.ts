/** Which browsers may ask: exact origins, the service's own always. (SPEC ORIGIN-1, ORIGIN-2) */
import type { Env } from "../env.ts";

/** Whether a request from `origin` (the header's text) may be answered; those without one are no browser's. */
export function isAllowedOrigin(origin: string | null, url: string, { ALLOWED_ORIGINS = "" }: Env): boolean {
  if (origin === null || origin === new URL(url).origin) return true;
  const allowed = ALLOWED_ORIGINS.split(",").map((entry) => entry.trim());
  return allowed.includes(origin) || (allowed.length === 1 && allowed[0] === "*");
}

/** What a browser must read in an answer, to hand it to a page of another origin. */
export function corsHeaders(origin: string): Record<string, string> {
  return { "access-control-allow-origin": origin, "access-control-expose-headers": "retry-after", vary: "Origin" };
}

/** The same for a preflight. */
export function preflightHeaders(origin: string): Record<string, string> {
  return {
    ...corsHeaders(origin),
    "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-max-age": "7200",
  };
}
