/** What a room tells its application. */
import type { MessageOf } from "./event-types.ts";
import type { ConnectionState } from "./machine.ts";
import type { PresenceChange } from "./members.ts";
import type { GapFrame, Signal } from "./protocol.ts";

export interface RoomEvents<Data> {
  /** Each once, in order, whatever happened to the connection. */
  message: MessageOf<Data>;
  signal: Signal;
  /** Who is there has changed; `room.members` and `room.count` say how it is now. */
  presence: PresenceChange;
  /** Messages are gone that this subscriber has not seen: load the state of your application anew. */
  gap: Omit<GapFrame, "type">;
  /** On a user's channel: it was read up to `cursor`, here or on another device. */
  read: { readonly cursor: string; readonly unread: number };
  state: ConnectionState;
}
