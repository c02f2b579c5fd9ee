/**
 * What the operator sees: one JSON line for each refused request, each close that the client did not ask for, each
 * failed deadline or commit. Never a token, a body, or anything else that a client chose, but for ids at `debug`.
 */

import type { Variables } from "./config.ts";

export const LOG_LEVELS = ["off", "info", "debug"] as const;

type Field = string | number | boolean | null | undefined;

/** `ids` (of channels, users, connections) are shown at `debug` only. JSON escapes whatever they hold. */
export function logLine(
  { LOG_LEVEL = "info" }: Variables,
  event: string,
  fields: Readonly<Record<string, Field>>,
  ids: Readonly<Record<string, Field>> = {},
): void {
  if (LOG_LEVEL === "off") return;
  console.log(JSON.stringify(LOG_LEVEL === "debug" ? { event, ...fields, ...ids } : { event, ...fields }));
}
