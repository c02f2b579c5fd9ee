/** One connection for all components that want the same room in the same way. */
import type { Edgewire, RoomOptions } from "../client/index.ts";
import { RoomStore } from "./room-store.ts";

const stores = new WeakMap<Edgewire, Map<string, RoomStore<unknown>>>();

/** @param wanted the room's id and options as JSON */
export function storeOf<Data>(wire: Edgewire, wanted: string): RoomStore<Data> {
  const known = stores.get(wire) ?? new Map<string, RoomStore<unknown>>();
  stores.set(wire, known);
  let store = known.get(wanted);
  if (store === undefined) {
    const [id, options] = JSON.parse(wanted) as [string, RoomOptions & { keep: number }];
    const made = new RoomStore<unknown>(wire, id, options, () => {
      // Whoever comes later begins anew.
      if (known.get(wanted) === made) known.delete(wanted);
    });
    store = made;
    known.set(wanted, made);
  }
  return store as RoomStore<Data>;
}
