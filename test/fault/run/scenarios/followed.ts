/** Many rooms on one socket: raw clients and the SDK follow all rooms through their user's object, beside others. */
import { setTimeout as pause } from "node:timers/promises";
import type { SdkWire } from "../../clients/sdk-wire.ts";
import type { Stage } from "../stage.ts";
import { breakObject } from "./objects.ts";
import { staged } from "./staged.ts";

/** Of each kind that follows all rooms. */
const SHARED = 2;
/** ms between two faults, at least and at most; `wrangler dev` needs some seconds to start. */
const PAUSES = { workerd: [50, 600], "wrangler dev": [200, 2000] } as const;

type Act = (stage: Stage) => Promise<void> | void;

const faults: Readonly<Record<string, Act>> = {
  kill: async ({ server }) => {
    await server.kill();
    await server.start();
  },
  cut: (stage) => void proxyOf(stage).cut(),
  silence: (stage) => void proxyOf(stage).blacken(stage.pick([["up"], ["down"], ["up", "down"]] as const)),
  stall: (stage) => void proxyOf(stage).stall(stage.random.between(100, 3000)),
  "transport change": (stage) => {
    for (const wire of stage.cast.wires) if (stage.random.chance(0.5)) changeTransport(wire, stage);
  },
};
const objectFaults: Readonly<Record<string, Act>> = {
  "object reset": (stage) => breakObject(stage, stage.pick(stage.rooms).channel, "reset"),
  "object reset of a user": (stage) => breakObject(stage, `user:${stage.pick(shared(stage)).user}`, "reset"),
  // All that it has to tell again, and does.
  "alarm throws": (stage) => breakObject(stage, stage.pick(stage.rooms).channel, "alarm", 1 + stage.random.below(3)),
};

export const followed = staged({
  name: "followed",
  about: "four rooms on one socket, raw and with the SDK: kills, resets of rooms and users, cuts, other transports",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 8, usual: 60, long: 150 },
  stage: { rooms: 4, patience: { slack: 5000, patience: 60_000 } },
  pace: 6,
  async cast({ cast, rooms }) {
    for (let count = 0; count < SHARED; count++) {
      await cast.addSharedSdk(rooms);
      await cast.addSharedRaw(rooms, { presence: count === 0 });
    }
    await cast.addSharedRaw(rooms, { transports: ["ws", "sse", "poll"] });
    cast.talkers.push(...cast.followers.map(({ talker }) => talker));
    for (const room of rooms) {
      await cast.addRaw(room, { presence: true });
      await cast.addSdk(room);
      await cast.addWriter(room);
    }
    cast.talkers.push(...cast.writers);
  },
  async disturb(stage, { size }) {
    const [least, most] = PAUSES[stage.server.name];
    const all = Object.entries(stage.server.name === "workerd" ? { ...faults, ...objectFaults } : faults);
    for (let count = 0; count < size; count++) {
      await pause(stage.random.between(least, most));
      // Each kind before chance, so that a short run has them all.
      const [kind, act] = all[count] ?? stage.pick(all);
      stage.fault(kind);
      await act(stage);
    }
    await pause(most);
  },
});

const shared = ({ cast, rooms }: Stage) =>
  cast.followers.filter(({ user }, _, all) => all.filter((other) => other.user === user).length === rooms.length);

const proxyOf = (stage: Stage) => stage.pick(shared(stage)).proxy;

/** What it has does not come through any more; or everything does again. */
function changeTransport(wire: SdkWire, stage: Stage): void {
  const { blocked } = wire;
  if (blocked.size === 2) blocked.clear();
  else blocked.add(blocked.has("websocket") ? "sse" : "websocket");
  if (blocked.size === 0) wire.wake();
  else stage.cast.followers.find(({ user }) => user === wire.user)?.proxy.cut();
}
