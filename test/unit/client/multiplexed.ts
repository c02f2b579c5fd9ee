/** Rooms that share a connection, against a fake service. */
import type { Edgewire, EdgewireOptions } from "../../../src/client/index.ts";
import { SdkWorld, toldBy } from "../../support/sdk.ts";

export const NAMES = ["lobby", "a", "b"];

export function begin(options: Partial<EdgewireOptions> = {}) {
  const world = new SdkWorld();
  const { clock, service } = world;
  return { world, clock, service, wire: world.wire({ multiplex: true, transports: ["websocket"], ...options }) };
}

export function enter(wire: Edgewire, names: readonly string[] = NAMES) {
  const rooms = names.map((name) => wire.room(name));
  return { rooms, told: rooms.map(toldBy) };
}

export type Stateful = { readonly state: { readonly name: string } };
export const states = (rooms: readonly Stateful[]) => rooms.map(({ state }) => state.name);
export const all = (name: string, count = NAMES.length) => Array.from({ length: count }, () => name);
