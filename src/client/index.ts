/** `edgewire/client`. */
export { Edgewire } from "./edgewire.ts";
export { EdgewireError } from "./errors.ts";
export type { Events, MessageOf } from "./event-types.ts";
export type { ConnectionState, TransportName } from "./machine.ts";
export type { EdgewireOptions, HistoryOptions, PublishOptions, RoomOptions } from "./options.ts";
export type { Receipt } from "./outbox.ts";
export type { HistoryPage, Json, Member, Message, Signal } from "./protocol.ts";
export type { Room } from "./room.ts";
export type { RoomEvents } from "./room-events.ts";
export type { UserChannel } from "./user-channel.ts";
