/** B7: until everybody who comes at once is in. */
import type { ConnectResult } from "../load/connect-run.ts";
import { generate } from "../load/generator.ts";
import type { Target } from "../load/job.ts";
import { type Row, rowOf } from "../row.ts";
import { spread } from "../statistics.ts";
import { interleaved, type Measurement } from "./bench.ts";

const CONNECTIONS = 2000;
const USERS = 100;
const STRANGERS = 500;

let runs = 0;

/** Connects to one room of a server: 2,000 of 100 users, unless something else is said. */
export function connectTo(
  target: Target,
  { connections = CONNECTIONS, users = USERS, known = true } = {},
): Promise<ConnectResult> {
  const runName = `B7-${runs++}-${process.pid}`;
  return generate<"connect">({ kind: "connect", target, runName, connections, users, known });
}

function notes(results: readonly ConnectResult[]): string[] {
  const of = (figure: (result: ConnectResult) => number) => spread(results.map(figure)).median.toFixed(2);
  return [
    `Edgewire's CPU: server ${of(({ serverCpu }) => serverCpu ?? Number.NaN)}, load ${of(({ generatorCpu }) => generatorCpu)}`,
  ];
}

const ms = (results: readonly ConnectResult[]) => results.map(({ milliseconds }) => milliseconds);

export const connecting: Measurement = {
  id: "B7",
  needsNewServers: true,
  title: "2,000 connects",
  async run(bench): Promise<Row[]> {
    const known = await interleaved(bench, async (side) => connectTo(await bench.servers.target(side)));
    await bench.servers.idle();
    const strangers = [
      await connectTo(await bench.servers.target("edgewire"), {
        connections: STRANGERS,
        users: STRANGERS,
        known: false,
      }),
    ];
    return [
      rowOf({
        id: "B7",
        title: "2,000 connects of 100 users, each with a token",
        unit: "ms until all are welcomed",
        reference: { name: "R", values: ms(known.reference) },
        edgewire: ms(known.edgewire),
        target: { atMost: 2.5 },
        notes: notes(known.edgewire),
        details: known,
      }),
      rowOf({
        id: "B7",
        title: `${STRANGERS} connects of ${STRANGERS} users never seen before`,
        unit: "ms until all are welcomed",
        edgewire: ms(strangers),
        target: null,
        notes: [...notes(strangers), "makes a database for each"],
        details: strangers,
      }),
    ];
  },
};
