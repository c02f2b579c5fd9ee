/** The network between clients and the server breaks, each client's on its own. */
import { setTimeout as pause } from "node:timers/promises";
import type { Ending } from "../../proxy/proxy.ts";
import type { Stage } from "../stage.ts";
import { staged } from "./staged.ts";

/** ms between two faults, at most. */
const PAUSE = 60;

export const reset = staged({
  name: "rst",
  about: "connections are reset, one after the other",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 200, long: 500 },
  disturb: (stage, { size }) => cutMany(stage, size, "reset"),
});

export const end = staged({
  name: "fin",
  about: "connections are ended in the middle of whatever they were at",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 200, long: 500 },
  disturb: (stage, { size }) => cutMany(stage, size, "end"),
});

export const halfOpen = staged({
  name: "half-open",
  about: "connections go silent: up, down or both ways, and nobody is told; each side finds out by itself",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 20, long: 60 },
  pace: 5,
  // The SDK waits 40 s for a sign of life of a stream, as the README says.
  stage: { patience: { slack: 4000, patience: 60_000 } },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      const { proxy } = stage.pick(stage.cast.followers);
      const directions = stage.pick([["up"], ["down"], ["up", "down"]] as const);
      if (proxy.blacken(directions) > 0) stage.fault(`silent ${directions.join(" and ")}`);
      await pause(stage.random.between(0, 10 * PAUSE));
    }
    if (size > 6) await pause(45_000);
  },
});

export const stall = staged({
  name: "stall",
  about: "connections stand still for up to 5 s, up, down or both ways",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 30, long: 80 },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      const { proxy } = stage.pick(stage.cast.followers);
      const directions = stage.pick([["up"], ["down"], ["up", "down"]] as const);
      const ms = stage.random.between(100, 5000);
      if (proxy.stall(ms, directions) > 0) stage.fault("stall");
      await pause(stage.random.between(0, 5 * PAUSE));
    }
  },
});

export const cut = staged({
  name: "cut",
  about: "connections are cut after so many bytes more, in either direction",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 200, long: 500 },
  async disturb(stage, { size }) {
    const before = cutsOf(stage);
    for (let count = 0; cutsOf(stage) - before < size; count++) {
      const { proxy } = stage.pick(stage.cast.followers);
      const direction = stage.pick(["up", "down"] as const);
      const ending = stage.pick(["reset", "end"] as const);
      if (proxy.isSpent) proxy.budget = { direction, bytes: stage.random.below(3000), ending };
      await pause(stage.random.between(0, PAUSE / 2));
      if (count > 100 * size) throw new Error("the budgets are not used up");
    }
    for (let left = cutsOf(stage) - before; left > 0; left--) stage.fault("cut");
  },
});

export const trickle = staged({
  name: "trickle",
  about: "every byte comes in a packet of its own, for half of the clients; and is cut now and then",
  servers: ["workerd"],
  sizes: { short: 0, usual: 30, long: 60 },
  pace: 5,
  async disturb(stage, { size }) {
    for (const { proxy } of stage.cast.followers) if (stage.random.chance(0.5)) proxy.weather.trickles = true;
    stage.fault("trickle");
    await cutMany(stage, size, "reset", 10 * PAUSE);
  },
});

export const delay = staged({
  name: "delay",
  about: "a long way: up to 400 ms each way, and as much again by chance; and is cut now and then",
  servers: ["workerd"],
  sizes: { short: 0, usual: 30, long: 60 },
  async disturb(stage, { size }) {
    for (const { proxy } of stage.cast.followers)
      Object.assign(proxy.weather, { latency: stage.random.between(5, 400), jitter: stage.random.between(0, 400) });
    stage.fault("delay");
    await cutMany(stage, size, "reset", 10 * PAUSE);
  },
});

async function cutMany(stage: Stage, size: number, ending: Ending, longest = PAUSE): Promise<void> {
  for (let count = 0; count < size; ) {
    const { proxy } = stage.pick(stage.cast.followers);
    if (proxy.cut(() => true, ending) > 0) {
      stage.fault(ending);
      count++;
    }
    await pause(stage.random.between(0, longest));
  }
}

function cutsOf({ cast }: Stage): number {
  return cast.followers.reduce((sum, { proxy }) => sum + proxy.cuts, 0);
}
