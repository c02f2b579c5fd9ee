/** A user has read: on one device, and so on all. (SPEC INBOX-3, INBOX-4) */
import type { Cursor } from "../protocol/cursor.ts";
import type { Channel } from "./channel.ts";
import type { InboxState } from "./inbox.ts";
import { deliver } from "./session.ts";

/**
 * The inbox was read up to `cursor`: all devices are told, but for the one by the name `connection`. Null: it cannot reach
 * so far.
 */
export function markRead(channel: Channel, cursor: Cursor, connection: string | null, now: number): InboxState | null {
  const { inbox } = channel;
  if (inbox === null) throw new Error("only a user's channel is read");
  const moved = inbox.read(cursor, now);
  if (moved === null) return null;
  if (moved) tellRead(channel, connection, now);
  return inbox.state(now);
}

/** Tells all devices how far the inbox is read, but for the one by that name. Nothing in a room. */
export function tellRead({ inbox, sessions }: Channel, but: string | null, now: number): void {
  const frame = inbox?.frame(now);
  if (frame === undefined) return;
  for (const session of sessions) if (session.connection !== but) deliver(session, frame);
}
