/**
 * B6: what a socket costs that nobody speaks on. Each server is a fresh one. The first sockets make it grow to what it
 * needs whoever comes; a socket's share is how much it grows with the next ones. They are of few users, each of whom has
 * been there among the first, so that users' own objects are not in the figure; another row has them in.
 */
import { generate } from "../load/generator.ts";
import type { Target } from "../load/job.ts";
import { residentKiB } from "../machine/memory.ts";
import { startHeapMeter } from "../profile/inspector.ts";
import { type Row, rowOf } from "../row.ts";
import { type Bench, interleaved, type Measurement, type Side } from "./bench.ts";

const FIRST = 220;
const MORE = 2000;
/** Connections of one user to one room are at most 20. */
const USERS = (FIRST + MORE) / 20;
/** Sockets each of a user of their own. */
const ALONE = 500;

/** What a server of Edgewire or R grows by, KiB a socket. */
async function growth(
  bench: Bench,
  side: Side,
  what: { users: number; more: number; inspect: boolean; room?: string },
): Promise<number> {
  const server = await bench.servers.fresh(side, { inspect: what.inspect });
  const heap = server.inspector === null ? null : await startHeapMeter(server.inspector, side);
  const target = bench.servers.targetOf(server, side);
  const grown = await growthOf(target, what, heap === null ? undefined : async () => (await heap.used()) / 1024);
  heap?.close();
  await server.stop();
  return grown;
}

/**
 * KiB that a server grows by with each socket.
 * @param look at how large it is, KiB
 */
export async function growthOf(
  target: Target,
  { users = USERS, more = MORE, room = "B6" }: { users?: number; more?: number; room?: string } = {},
  look: () => Promise<number> = async () => residentKiB(target.serverPid) ?? Number.NaN,
): Promise<number> {
  const looks: number[] = [];
  await generate<"hold">(
    { kind: "hold", target, runName: room, users, steps: [FIRST, FIRST + more] },
    async () => void looks.push(await look()),
  );
  const [before = Number.NaN, after = Number.NaN] = looks;
  return (after - before) / more;
}

export const idle: Measurement = {
  id: "B6",
  title: "idle sockets",
  async run(bench): Promise<Row[]> {
    const of = (what: Parameters<typeof growth>[2]) => (side: Side) => growth(bench, side, what);
    const resident = await interleaved(bench, of({ users: USERS, more: MORE, inspect: false }));
    const greeted = await growth(bench, "reference", { users: USERS, more: MORE, inspect: false, room: "B6-greeted" });
    const heap = await interleaved(bench, of({ users: USERS, more: MORE, inspect: true }), 1);
    const alone = await growth(bench, "edgewire", { users: FIRST + ALONE, more: ALONE, inspect: false });
    return [
      rowOf({
        id: "B6",
        title: "idle socket, of 2,000 in one room: resident memory",
        unit: "KiB a socket",
        reference: { name: "R", values: resident.reference },
        edgewire: resident.edgewire,
        target: { atMost: 1.15 },
        notes: [`R that sends each a first frame, as long as a welcome: ${greeted.toFixed(1)}`],
      }),
      rowOf({
        id: "B6",
        title: "idle socket, of 2,000 in one room: JavaScript heap",
        unit: "KiB a socket",
        edgewire: heap.edgewire,
        target: { atMost: 1 },
        notes: [`R: ${heap.reference[0]?.toFixed(2)}`, "after a garbage collection"],
      }),
      rowOf({
        id: "B6",
        title: "idle socket of a user who is nowhere else: resident memory, their own object included",
        unit: "KiB a socket",
        edgewire: [alone],
        target: null,
      }),
    ];
  },
};
