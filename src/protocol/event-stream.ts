/**
 * Server-Sent Events as text: what `text/event-stream` is made of (WHATWG HTML, section 9.2). Every value put into it is
 * JSON or of a restricted alphabet, so that no line end can get into a field.
 */

/** Between two comments a stream may be silent for so long that an intermediary gives it up. */
export const COMMENT = ":\n\n";

/** Names that the service uses itself, and those that EventSource gives to its own events. */
const TAKEN_NAMES: ReadonlySet<string> = new Set([
  ...["welcome", "gap", "message", "signal", "presence", "read", "end"],
  ...["open", "error"],
]);

/** Tells the client how long to wait before it comes back, ms. */
export function retryField(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/**
 * One event.
 * @param data JSON, which has no line end
 * @param id where the reader stands after it: what EventSource sends as `Last-Event-ID` when it comes back
 */
export function serverEvent(name: string, data: string, id?: string): string {
  const named = name === "message" ? "" : `event: ${name}\n`;
  const numbered = id === undefined ? "" : `id: ${id}\n`;
  return `${named}${numbered}data: ${data}\n\n`;
}

/**
 * The event of one message.
 * @param text the message as it is stored
 * @param named whether it goes by its own event's name, where that is free
 */
export function messageEvent(text: string, cursor: string, named: boolean): string {
  const own = named ? eventOf(text) : "message";
  return serverEvent(TAKEN_NAMES.has(own) ? "message" : own, text, cursor);
}

const BEFORE_EVENT = ',"event":"';

/** The event's name in a message's JSON: no value before it can hold that text, for its quotes would be escaped. */
function eventOf(text: string): string {
  const start = text.indexOf(BEFORE_EVENT) + BEFORE_EVENT.length;
  return text.slice(start, text.indexOf('"', start));
}
