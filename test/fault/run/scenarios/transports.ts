/** Every message comes over another transport than the one before. */
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../../support/until.ts";
import { staged } from "./staged.ts";

const CLIENTS = 6;

export const transports = staged({
  name: "transports",
  about: "each reader changes its transport at every message",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 60, long: 200 },
  async cast(stage) {
    const [room] = stage.rooms;
    if (room === undefined) throw new Error("no room");
    for (let index = 0; index < CLIENTS; index++) await stage.cast.addRaw(room, { transports: ["ws", "sse", "poll"] });
    await stage.cast.addWriter(room);
  },
  pace: 0.2,
  async disturb(stage, { size }) {
    const [writer] = stage.cast.writers;
    for (let count = 0; count < size; count++) {
      const before = stage.cast.raw.map(({ cursor }) => cursor);
      writer?.act();
      await until(() => stage.cast.raw.every(({ cursor }, index) => cursor !== before[index]), {
        what: "everybody has the message",
      });
      for (const client of stage.cast.raw) {
        stage.fault("transport change");
        client.change();
      }
      await pause(stage.random.between(0, 50));
    }
  },
});
