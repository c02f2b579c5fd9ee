/** The hooks. Each renders again when what it returns has changed, and only then. */
import { useMemo, useSyncExternalStore } from "react";
import type { ConnectionState, Edgewire, Json, RoomOptions } from "../client/index.ts";
import { type Presence, type RoomHandle, type RoomView, STORE } from "./room-store.ts";
import { storeOf } from "./stores.ts";

export interface UseRoomOptions extends RoomOptions {
  /** How many messages to hold. Default: 200. */
  readonly keep?: number;
}

/**
 * Enters a room while the component is mounted. Components that ask for the same room with the same options share a
 * connection; other options are another one.
 */
export function useRoom<Data = Json>(wire: Edgewire, id: string, options: UseRoomOptions = {}): RoomView<Data> {
  const wanted = JSON.stringify([id, { keep: 200, ...options }]);
  const { subscribe, view } = useMemo(() => storeOf<Data>(wire, wanted), [wire, wanted]);
  return useSyncExternalStore(subscribe, view, view);
}

/** Who is in the room: ask `useRoom` for `presence`. */
export function usePresence({ [STORE]: { subscribe, presence } }: RoomHandle): Presence {
  return useSyncExternalStore(subscribe, presence, presence);
}

/** Whether there is a connection; `closed` comes with code and reason. */
export function useConnection({ [STORE]: { subscribe, connection } }: RoomHandle): ConnectionState {
  return useSyncExternalStore(subscribe, connection, connection);
}
