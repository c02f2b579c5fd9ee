/** `edgewire/react`. */
export { type UseRoomOptions, useConnection, usePresence, useRoom } from "./hooks.ts";
export type { Presence, RoomHandle, RoomView } from "./room-store.ts";
