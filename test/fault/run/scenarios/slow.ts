/** Readers that do not read, while more than 16 MiB are sent to them: past all that proxies take. */
import { until } from "../../../support/until.ts";
import type { Client } from "../../clients/client.ts";
import type { Room } from "../stage.ts";
import { staged } from "./staged.ts";

const MiB = 1024 * 1024;
const DATA = 48 * 1024;

export const slow = staged({
  name: "slow",
  about: "readers stand still while 20 MiB are published, are sent away, and come back to all of it",
  servers: ["wrangler dev", "workerd"],
  // MiB.
  sizes: { short: 0, usual: 20, long: 20 },
  stage: { patience: { slack: 4000, patience: 90_000 }, rooms: 1 },
  pace: 2,
  async cast(stage) {
    const [room] = stage.rooms as [Room];
    for (const transport of ["ws", "sse"] as const) {
      await stage.cast.addRaw(room, { transports: [transport], patience: 90_000 });
      await stage.cast.addRaw(room, { transports: [transport] });
    }
    stage.cast.talkers.push(await stage.cast.addSdk(room));
  },
  async disturb(stage, { size }) {
    const [room] = stage.rooms as [Room];
    const victims = stage.cast.followers.filter((_, index) => index === 0 || index === 2);
    const slowest = victims.map(({ name }) => stage.cast.raw.find(({ parts }) => parts.name === name) as Client);
    const connections = slowest.map(({ connection }) => connection);
    for (const { proxy } of victims) {
      proxy.stall(300_000, ["down"]);
      stage.fault("slow reader");
    }
    let sent = 0;
    for (let count = 0; sent < size * MiB; count++) {
      const data = { text: room.canary, n: `big-${count}`, filler: "x".repeat(DATA) };
      await stage.say(room, [{ id: `big-${count}`, data }]);
      sent += DATA;
    }
    // Who reads is not held up by those who do not.
    const readers = stage.cast.followers.filter((each) => !victims.includes(each));
    const head = Math.max(...readers.map(({ seq }) => seq()));
    await until(() => readers.every(({ seq }) => seq() >= head), { what: "the others read on" });
    // Those were sent away, which they hear of when they read on; then they come back, to all that they have missed.
    const isAway = ({ connection }: Client, index: number) => connection !== connections[index];
    const hasAll = victims.some(({ seq }, index) => seq() >= head && !isAway(slowest[index] as Client, index));
    if (hasAll) stage.problems.push("who stood still was given all");
    for (const { proxy } of victims) proxy.heal();
    await until(() => slowest.every(isAway), { what: "who stood still is sent away" });
  },
});
