/** The other channels that a request of a user in their own channel asks to follow. (SPEC SUB-11 to SUB-13) */
import type { ChannelRequest } from "../http/context.ts";
import { refuse } from "../http/problem.ts";
import { formatAddress, parseAddress } from "../protocol/address.ts";
import { type Cursor, parseCursor } from "../protocol/cursor.ts";

export interface Followed {
  readonly address: string;
  /** Null: from now on. */
  readonly cursor: Cursor | null;
}

/** Only whom the channel belongs to follows others through it. */
export function requireOwn({ address }: ChannelRequest, user: string): void {
  if (address.kind !== "user" || address.id !== user)
    refuse("bad_request", "Other channels are followed through one's own user channel.");
}

/** Reads `<address>@<cursor>` or `<address>`. An id may hold an @, a cursor does not. */
export function readFollowed(text: string): Followed {
  const at = text.lastIndexOf("@");
  const cursor = at < 0 ? null : parseCursor(text.slice(at + 1));
  const address = parseAddress(cursor === null ? text : text.slice(0, at));
  if (address === null) return refuse("bad_id", '"channel" must be an address, "room:<id>", and perhaps @<cursor>.');
  return { address: formatAddress(address), cursor };
}
