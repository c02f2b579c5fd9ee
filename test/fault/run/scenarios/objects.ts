/** The runtime breaks the room's object: what can be played only in a build made for it. */
import { setTimeout as pause } from "node:timers/promises";
import { formatRelay, REGIONS, type Region } from "../../../../src/protocol/relay.ts";
import { ranked } from "../../../../src/transport/rendezvous.ts";
import { call } from "../../../support/http.ts";
import type { Room, Stage } from "../stage.ts";
import { staged } from "./staged.ts";

export const objectReset = staged({
  name: "object-reset",
  about: "the room's object is reset (ctx.abort) while it broadcasts: all its sockets close, and it is built anew",
  servers: ["workerd"],
  sizes: { short: 0, usual: 50, long: 100 },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      await pause(stage.random.between(50, 300));
      stage.fault("object reset");
      await breakRoom(stage, stage.pick(stage.rooms), "reset");
    }
  },
});

export const relayReset = staged({
  name: "relay-reset",
  about: "a relay is reset while it broadcasts, at times with its room or just after it, or fails alarms",
  servers: ["workerd"],
  isOverRelays: true,
  sizes: { short: 0, usual: 50, long: 100 },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      await pause(stage.random.between(50, 300));
      const { user, room } = stage.pick(stage.cast.followers);
      const kind = stage.pick(["relay reset", "relay reset", "relay and room reset", "relay's alarm throws"] as const);
      stage.fault(kind);
      if (kind === "relay's alarm throws") await breakRelay(stage, { user, room }, "alarm", 1);
      else {
        const withRoom = kind === "relay reset" ? null : breakRoom(stage, room, "reset");
        await pause(stage.random.pick([0, 0, 5, 30]));
        await Promise.all([withRoom, breakRelay(stage, { user, room }, "reset")]);
      }
    }
  },
});

export const alarms = staged({
  name: "alarms",
  about: "the room's alarm throws 1 to 7 times, while members vanish and others come and go: no ghosts, no mass leave",
  servers: ["workerd"],
  sizes: { short: 0, usual: 4, long: 8 },
  pace: 5,
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      const room = stage.pick(stage.rooms);
      stage.fault("alarm throws");
      await breakRoom(stage, room, "alarm", 1 + stage.random.below(7));
      await stage.cast.vanish(room);
      for (const { proxy } of stage.cast.followers) if (stage.random.chance(0.2)) proxy.cut();
      await pause(stage.random.between(500, 3000));
    }
  },
});

/** By the entry that only this build has. */
export function breakRoom(stage: Stage, { channel }: Room, how: "reset" | "alarm", times = 0): Promise<void> {
  return breakObject(stage, channel, how, times);
}

/** The relay that holds the user's connections to the room; an empty one, if the room does. */
export function breakRelay(
  stage: Stage,
  { user, room }: { readonly user: string; readonly room: Room },
  how: "reset" | "alarm",
  times = 0,
): Promise<void> {
  return breakObject(stage, `relay:${relayOf(user, room)}`, how, times);
}

/** @param of address */
export async function breakObject(stage: Stage, of: string, how: "reset" | "alarm", times = 0): Promise<void> {
  const { status } = await call("POST", `${stage.server.url}/fault/${how}?of=${of}&times=${times}`);
  if (status !== 200) throw new Error(`the ${how} of ${of}: ${status}`);
}

/** Which relay holds that user's connections, where `RELAY_REGIONS` decides. */
function relayOf(user: string, { id }: Room): string {
  return formatRelay({ region: ranked(user, REGIONS)[0] as Region, shard: 0, room: id });
}
