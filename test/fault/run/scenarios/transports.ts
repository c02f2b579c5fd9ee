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
    for (let index = 0; index < CLIENTS; index++) await stage.addRaw(room, { transports: ["ws", "sse", "poll"] });
    await stage.addWriter(room);
  },
  pace: 0.2,
  async disturb(stage, { size }) {
    const [writer] = stage.writers;
    for (let count = 0; count < size; count++) {
      const before = stage.raw.map(({ cursor }) => cursor);
      writer?.act();
      await until(() => stage.raw.every(({ cursor }, index) => cursor !== before[index]), {
        what: "everybody has the message",
      });
      for (const client of stage.raw) {
        stage.fault("transport change");
        client.change();
      }
      await pause(stage.random.between(0, 50));
    }
  },
});
