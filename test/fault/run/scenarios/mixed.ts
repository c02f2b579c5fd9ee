/** All faults at once, by chance. */
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "../stage.ts";
import { breakRelay, breakRoom } from "./objects.ts";
import { staged } from "./staged.ts";

type Act = (stage: Stage) => Promise<void> | void;

const onNetwork: Readonly<
  Record<string, (proxy: Stage["cast"]["followers"][number]["proxy"], stage: Stage) => number>
> = {
  reset: (proxy) => proxy.cut(),
  end: (proxy) => proxy.cut(undefined, "end"),
  stall: (proxy, { random }) => proxy.stall(random.between(100, 3000)),
  silence: (proxy, stage) => proxy.blacken(stage.pick([["up"], ["down"], ["up", "down"]] as const)),
  cut: (proxy, stage) => {
    const direction = stage.pick(["up", "down"] as const);
    proxy.budget = { direction, bytes: stage.random.below(3000), ending: "reset" };
    return 1;
  },
  delay: ({ weather }, { random }) => {
    Object.assign(weather, { latency: random.between(0, 100), jitter: random.between(0, 200) });
    return 1;
  },
  trickle: ({ weather }, { random }) => {
    weather.trickles = random.chance(0.2);
    return weather.trickles ? 1 : 0;
  },
};

const onServer: Readonly<Record<string, Act>> = {
  kill: async ({ server }) => {
    await server.kill();
    await server.start();
  },
  "kill in recovery": async ({ server, random }) => {
    await server.kill();
    // Ended before it is up it fails, as it should.
    const starting = server.start().catch(() => undefined);
    await pause(random.between(0, 100));
    await server.kill();
    await starting;
    await server.start();
  },
  deploy: async ({ server }) => {
    await server.terminate();
    await server.start();
  },
  stop: async ({ server, random }) => {
    server.signal("SIGSTOP");
    await pause(random.between(100, 3000));
    server.signal("SIGCONT");
  },
};

const onObject: Readonly<Record<string, Act>> = {
  "object reset": (stage) => breakRoom(stage, stage.pick(stage.rooms), "reset"),
  "alarm throws": (stage) => breakRoom(stage, stage.pick(stage.rooms), "alarm", 1 + stage.random.below(3)),
};

const onRelay: Readonly<Record<string, Act>> = {
  "relay reset": (stage) => breakRelay(stage, stage.pick(stage.cast.followers), "reset"),
};

export const mixed = staged({
  name: "mixed",
  about: "all of these at once: the server, its objects and each client's network",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 10, usual: 80, long: 200 },
  stage: { patience: { slack: 5000, patience: 60_000 }, tokenLife: (random) => random.pick([6, 20, 3600]) },
  async disturb(stage, { size, isOverRelays }) {
    const isBreakable = stage.server.name === "workerd";
    const ofRelays = isBreakable && isOverRelays ? onRelay : {};
    const acts = { ...onServer, ...(isBreakable ? onObject : {}), ...ofRelays };
    for (let count = 0; count < size; count++) {
      // Before chance, so that a short run has it.
      const first = Object.entries(ofRelays)[count];
      // Of `wrangler dev` each takes seconds.
      if (first !== undefined || stage.random.chance(isBreakable ? 0.4 : 0.05)) {
        const [kind, act] = first ?? stage.pick(Object.entries(acts));
        stage.fault(kind);
        await act(stage);
      } else {
        const [kind, act] = stage.pick(Object.entries(onNetwork));
        if (act(stage.pick(stage.cast.followers).proxy, stage) > 0) stage.fault(kind);
      }
      await pause(stage.random.between(0, 400));
    }
  },
});
