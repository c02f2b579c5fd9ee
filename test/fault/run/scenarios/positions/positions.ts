/**
 * The connections of a session of 50 messages are cut after exactly so many bytes, in one direction, at every position
 * there is: whoever reads comes to all messages once and in order, and what is published is in the log once.
 */
import { Stage } from "../../stage.ts";
import type { Round, Scenario } from "../scenario.ts";
import { onStage } from "../staged.ts";
import { Plan, WAYS } from "./plan.ts";
import { HABITS, type Session, Sessions } from "./sessions.ts";

/** One of each way that nobody disturbs. */
const WHOLE: readonly Session[] = WAYS.map((way) => ({ way, cut: null }));

export const positions: Scenario = {
  name: "positions",
  about: "a session of 50 messages is cut after every byte, up and down: reading on three transports, writing on two",
  servers: ["workerd"],
  // Positions in all.
  sizes: { short: 30, usual: 500, long: 1500 },
  async play(round) {
    const { server, seed, random, size, isLong } = round;
    const plan = new Plan(isLong ? round.state : null);
    if (plan.isEmpty) await measure(round, plan);
    const cuts = isLong ? plan.next(size) : plan.sample(size, random);
    const sessions = new Sessions([...WHOLE, ...cuts.map((cut) => ({ way: cut.way, cut }))]);
    const outcome = await onStage({ server, seed, rooms: sessions.rooms, habits: HABITS }, async (stage) => {
      await sessions.play(stage);
      note(sessions, plan);
      for (const [{ way, cut }, { proxy }] of sessions.played)
        if (cut !== null && proxy.isSpent) stage.fault(`cut ${way} ${cut.direction}`);
    });
    return { ...outcome, progress: plan };
  },
};

/** How long sessions are, before the first is cut. */
async function measure({ server, seed }: Round, plan: Plan): Promise<void> {
  const sessions = new Sessions(WHOLE);
  const stage = await Stage.set({ server, seed, rooms: sessions.rooms, habits: HABITS });
  try {
    await sessions.play(stage);
    note(sessions, plan);
  } finally {
    await stage.strike(false);
  }
}

function note({ played }: Sessions, plan: Plan): void {
  for (const [{ way, cut }, { proxy, passed }] of played) {
    if (cut === null) plan.measured(way, passed);
    else plan.played(cut, proxy.isSpent);
  }
}
