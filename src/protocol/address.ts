/** Names that clients choose, and the address of a channel: `<kind>:<id>`, for example `room:lobby`. (SPEC ID-1 to ID-4) */

export type ChannelKind = "room" | "user";

export interface Address {
  readonly kind: ChannelKind;
  readonly id: string;
}

/** What an id is made of; `.` and `..` are none all the same. */
export const ID = /^[A-Za-z0-9\-_.~:@|+=]{1,128}$/;
export const EVENT = /^[A-Za-z0-9_.:-]{1,64}$/;
export const MESSAGE_ID = /^[\x20-\x7e]{1,64}$/;

/** Whether `text` may name a room or a user. */
export function isId(text: string): boolean {
  return ID.test(text) && text !== "." && text !== "..";
}

const GUEST = "guest-";
/** Of the events that are the service's own. */
export const RESERVED_EVENT = "edgewire.";

/** The user id of a guest; `name` is nobody else's. No token may name such a user. */
export function guestIdOf(name: string): string {
  return GUEST + name;
}

export function isGuestId(id: string): boolean {
  return id.startsWith(GUEST);
}

/** Whether `text` may name an event. Those that start with `edgewire.` are the service's own. */
export function isEvent(text: string): boolean {
  return EVENT.test(text) && !text.startsWith(RESERVED_EVENT);
}

/** Whether `text` may identify a message (or a signal's key): printable ASCII. */
export function isMessageId(text: string): boolean {
  return MESSAGE_ID.test(text);
}

export function formatAddress({ kind, id }: Address): string {
  return `${kind}:${id}`;
}

/** The address that `text` is, or null if it is none. The id may itself contain colons. */
export function parseAddress(text: string): Address | null {
  const colon = text.indexOf(":");
  const kind = text.slice(0, colon);
  const id = text.slice(colon + 1);
  if (colon < 0) return null;
  return (kind === "room" || kind === "user") && isId(id) ? { kind, id } : null;
}
