/** B9: from a publish to a room that sleeps, to its first delivery. */
import { generate } from "../load/generator.ts";
import type { WakeResult, WakeRoom } from "../load/wake-run.ts";
import { type Row, rowOf } from "../row.ts";
import type { WorkerdName } from "../server/configuration.ts";
import { spread } from "../statistics.ts";
import type { Bench, Measurement } from "./bench.ts";

const SOCKETS = 1000;
const RETAINED = 10_000;
/** A wake is short: more of them than rounds cost little. */
const TIMES = 3;
const CLASSES = { reference: "ReferenceRoom", edgewire: "RoomObject" } as const;

async function wake(
  { servers, options }: Bench,
  name: keyof typeof CLASSES & WorkerdName,
  rooms: readonly WakeRoom[],
): Promise<WakeResult> {
  // One whose objects may sleep.
  const server = await servers.fresh(name);
  await servers.idle();
  // An object's name is what its Worker finds it by.
  const objects = rooms.map((room) => (name === "reference" ? `/${room.name}` : room.name));
  try {
    return await generate<"wake">(
      { kind: "wake", target: servers.targetOf(server, name), rooms, rounds: options.rounds * TIMES },
      (pause) => evictWhenIdle(() => server.evict(CLASSES[name], objects[pause % objects.length] as string)),
    );
  } finally {
    await server.stop();
  }
}

/** An object with a timer cannot be put to sleep: it can in a moment. One that was idle for 10 s sleeps already. */
async function evictWhenIdle(evict: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await evict();
    } catch (error) {
      if (/not currently running/.test(String(error))) return;
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export const waking: Measurement = {
  id: "B9",
  title: "waking",
  async run(bench): Promise<Row[]> {
    const room = (name: string, sockets: number, retained: number, withId = true): WakeRoom => {
      return { name: `B9-${name}`, sockets, retained, withId };
    };
    // The same sockets and clock for all of Edgewire's rooms: each wakes once a round, in turn.
    const edgewire = await wake(bench, "edgewire", [
      room("full", SOCKETS, RETAINED),
      room("few", SOCKETS, 100),
      room("full-no-id", SOCKETS, RETAINED, false),
      room("few-no-id", SOCKETS, 100, false),
      room("empty", 1, 0),
    ]);
    const [full = [], few = [], fullNoId = [], fewNoId = [], empty = []] = edgewire.first;
    const { first } = await wake(bench, "reference", [room("full", SOCKETS, 0), room("empty", 1, 0)]);
    const [crowd = [], bare = []] = first;
    const unit = "ms to the first delivery";
    const all = spread(edgewire.all[0] ?? []).median.toFixed(1);
    const details = { edgewire, reference: first };
    return [
      rowOf({
        id: "B9",
        title: "wake of a room with 10,000 messages and 1,000 sockets; R: nothing but 1,000 sockets",
        unit,
        reference: { name: "R", values: crowd },
        edgewire: full,
        target: { atMost: 3 },
        notes: [
          `all 1,000 have it after ${all} ms`,
          `one socket and no message: ${spread(bare).median.toFixed(1)} / ${spread(empty).median.toFixed(1)} ms`,
        ],
        details,
      }),
      rowOf({
        id: "B9",
        title: "the same, against a room with 100 messages",
        unit,
        reference: { name: "100 messages", values: few },
        edgewire: full,
        target: { atMost: 1.25 },
        notes: ["the message that wakes it has an id, so the ids in the log are read"],
        details,
      }),
      rowOf({
        id: "B9",
        title: "the same, the message that wakes it having no id",
        unit,
        reference: { name: "100 messages", values: fewNoId },
        edgewire: fullNoId,
        target: { atMost: 1.25 },
        details,
      }),
    ];
  },
};
