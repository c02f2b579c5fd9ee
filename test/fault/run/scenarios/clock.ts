/** The server's clock is put forward and back, by an hour or a day. */
import { setTimeout as pause } from "node:timers/promises";
import { call } from "../../../support/http.ts";
import { staged } from "./staged.ts";

const [HOUR, DAY] = [3_600_000, 86_400_000];
/** ms by which it is wrong. */
const SKEWS = [0, HOUR, 2 * HOUR, -HOUR, DAY, -DAY];

export const clock = staged({
  name: "clock",
  about: "the server's clock jumps by an hour or a day, while members vanish: order by seq, no mass leave, no ghosts",
  servers: ["workerd"],
  sizes: { short: 0, usual: 10, long: 30 },
  pace: 5,
  // Tokens that outlive an hour's jump: else all connections end with them.
  stage: { isTimed: false, tokenLife: () => 12 * 3600 },
  async disturb(stage, { size }) {
    for (let count = 0; count < size; count++) {
      const by = stage.pick(SKEWS.filter((skew) => skew !== stage.tokens.skew));
      stage.fault("clock");
      const { status } = await call("POST", `${stage.server.url}/fault/clock?by=${by}`);
      if (status !== 200) throw new Error(`the clock: ${status}`);
      stage.tokens.skew = by;
      if (stage.random.chance(0.3)) await stage.cast.vanish(stage.pick(stage.rooms));
      await pause(stage.random.between(500, 5000));
    }
    // Of what comes next it is right again.
    await call("POST", `${stage.server.url}/fault/clock?by=0`);
    stage.tokens.skew = 0;
  },
});
