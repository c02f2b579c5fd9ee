/** B12: what messages, signals and members use of what Cloudflare bills, counted by the objects themselves. */
import * as actions from "../cost/actions.ts";
import { Lab } from "../cost/lab.ts";
import { generate } from "../load/generator.ts";
import { type Row, rowOf } from "../row.ts";
import { type Scenario, scenarios } from "../scenarios.ts";
import { type Bench, type Measurement, WARMUP_SECONDS } from "./bench.ts";

/** Of a busy room: their own objects are not what is counted. */
const USERS = 50;
const DAY_MS = 24 * 3600 * 1000;
/** ms between two looks at the counts while a room is under load. */
const LOOK_EVERY = 50;

/** Rows that a room writes for each message of a scenario that keeps it busy, alarms that it sets included. */
async function rowsWhileBusy({ servers, options }: Bench, lab: Lab, scenario: Scenario): Promise<number> {
  if (!("window" in scenario.pace)) throw new Error("at a rate a room is not busy");
  const runName = lab.newName(scenario.id);
  const { rooms, subscribersPerRoom, publishersPerRoom, acks, transport, offersDeflate } = scenario;
  const { promise: end, resolve: isOver } = Promise.withResolvers<void>();
  const run = generate<"load">({
    kind: "load",
    target: await servers.target("metered"),
    ...{ rooms, subscribersPerRoom, publishersPerRoom, acks, transport, offersDeflate },
    pace: { window: scenario.pace.window.edgewire },
    runName,
    users: USERS,
    retained: 0,
    warmupSeconds: WARMUP_SECONDS,
    pauses: false,
    seconds: options.seconds,
  }).finally(isOver);
  // Who comes and goes writes rows too: so the counts are taken between two looks while messages come.
  const looks: { messages: number; rows: number }[] = [];
  for (let isRunning = true; isRunning; ) {
    const { frames = 0, rowsWritten = 0, alarmsSet = 0 } = (await lab.report("GET")).objects[`room:${runName}-0`] ?? {};
    if (frames > (looks.at(-1)?.messages ?? 0)) looks.push({ messages: frames, rows: rowsWritten + alarmsSet });
    isRunning = await Promise.race([
      end.then(() => false),
      new Promise<true>((next) => setTimeout(next, LOOK_EVERY, true)),
    ]);
  }
  const { faults } = await run;
  if (faults.length > 0) throw new Error(faults.join("; "));
  const [first, last] = [looks[0], looks.at(-2)]; // the last may have those in it who go
  if (first === undefined || last === undefined || last === first) throw new Error("the room was not busy long enough");
  return (last.rows - first.rows) / (last.messages - first.messages);
}

export const counting: Measurement = {
  id: "B12",
  title: "what is billed",
  async run(bench): Promise<Row[]> {
    const lab = new Lab(await bench.servers.shared("metered"), await bench.servers.target("metered"));
    const rows: Row[] = [];
    const add = (title: string, unit: string, value: number, atMost: number | null, notes: string[] = []) =>
      rows.push(
        rowOf({ id: "B12", title, unit, edgewire: [value], target: atMost === null ? null : { atMost }, notes }),
      );
    for (const id of ["B1", "B2", "B3"]) {
      const scenario = scenarios.find((each) => each.id === id) as Scenario;
      add(`a message of ${id}`, "rows written", await rowsWhileBusy(bench, lab, scenario), 0.05);
    }
    const quiet = await actions.messageToQuietRoom(lab);
    const written = quiet.rowsWritten + quiet.alarmsSet;
    add("a message in a quiet room, deletes and alarms included", "rows written", written, 1.1);
    const woken = await actions.messageToSleepingRoom(lab, 10);
    add("a message with an id that wakes a room of 10,000 messages", "rows read", woken.rowsRead, 300, [
      `${woken.wakes} wakes a message`,
    ]);
    const signal = await actions.signalToSleepingRoom(lab, 10);
    add("a signal that wakes a room", "rows written", signal.rowsWritten + signal.alarmsSet, 0);
    const beat = await actions.heartbeat(lab);
    add("a heartbeat", "rows, requests and wakes", beat.rowsWritten + beat.rowsRead + beat.requests + beat.wakes, 0);
    add("a room with members whom nobody watches", "alarms a day", DAY_MS / (await actions.alarmIn(lab, 10)), 24);
    add("a room without members", "alarms a day", DAY_MS / (await actions.alarmIn(lab, 0)), 0);
    return rows;
  },
};
