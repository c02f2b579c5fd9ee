/** The server dies: all at once, again while it gets up, or as in a deploy. */
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "../stage.ts";
import { staged } from "./staged.ts";

/** ms of traffic before each kill, at least and at most; `wrangler dev` needs some seconds to start, and clients to be back. */
const TRAFFIC = { workerd: [150, 600], "wrangler dev": [1000, 2500] } as const;

/** Kills in CI. */
const SHORT = 12;

export const kill = staged({
  name: "kill",
  about: "kill -9 of all of the server's processes, under 16 publishers and 8 subscribers on mixed transports",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: SHORT, usual: 50, long: 100 },
  async disturb(stage, { size }) {
    // Which takes some seconds to come out.
    if (size > SHORT) await vanish(stage);
    for (let count = 0; count < sizeOn(stage, size); count++) {
      await traffic(stage);
      stage.fault("kill");
      await stage.server.kill();
      await stage.server.start();
    }
    await traffic(stage);
  },
});

export const recovery = staged({
  name: "recovery",
  about: "kill -9, and again within 100 ms of the restart, while everybody comes back",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 20, long: 50 },
  async disturb(stage, { size }) {
    for (let count = 0; count < sizeOn(stage, size); count++) {
      await traffic(stage);
      stage.fault("kill");
      await stage.server.kill();
      // Half of them before it listens, the others when the first are back.
      // Ended before it is up it fails, as it should.
      const starting = stage.server.start().catch(() => undefined);
      if (stage.random.chance(0.5)) await starting;
      await pause(stage.random.between(0, 100));
      stage.fault("kill in recovery");
      await stage.server.kill();
      await starting;
      await stage.server.start();
    }
    await traffic(stage);
  },
});

export const deploy = staged({
  name: "deploy",
  about: "SIGTERM and a start with a new build, under traffic: nobody is told of a gap",
  servers: ["wrangler dev", "workerd"],
  sizes: { short: 0, usual: 5, long: 20 },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      await traffic(stage);
      stage.fault("deploy");
      await stage.server.terminate();
      await stage.server.start();
    }
    await traffic(stage);
  },
});

export const stop = staged({
  name: "stop",
  about: "SIGSTOP and SIGCONT of all of the server's processes, 1 to 30 s apart",
  servers: ["wrangler dev", "workerd"],
  sizes: { short: 0, usual: 2, long: 8 },
  stage: { patience: { slack: 4000, patience: 45_000 } },
  pace: 5,
  async disturb(stage, { size }) {
    const longest = size === 1 ? 3 : 30;
    for (let count = 0; count < size; count++) {
      await traffic(stage);
      const seconds = size > 1 && count === 0 ? longest : stage.random.between(1, longest);
      stage.fault("stop");
      stage.server.signal("SIGSTOP");
      await pause(seconds * 1000);
      stage.server.signal("SIGCONT");
    }
    await pause(2000);
  },
});

/** All goes on for a while. */
async function traffic({ server, random }: Stage): Promise<void> {
  const [least, most] = TRAFFIC[server.name];
  await pause(random.between(least, most));
}

/** `wrangler dev` takes twenty times as long. */
function sizeOn(stage: Stage, size: number): number {
  return stage.server.name === "workerd" ? size : Math.ceil(size / 10);
}

/** Some are gone before the first kill, and never come back: ghosts, if they are still there at the end. */
async function vanish(stage: Stage): Promise<void> {
  for (const room of stage.rooms) {
    await stage.cast.vanish(room);
  }
}
