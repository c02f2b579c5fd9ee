/**
 * What one of each thing costs. Measured on the machine of README's figures (two shared cores, workerd), where all objects
 * share one thread; what could not be measured is `assumed`. `npm run scale -- measure` measures the first four again.
 */
import { COMMIT_MS } from "../cost/assumed.ts";

export interface UnitCost {
  readonly what: string;
  /** µs of CPU, if `unit` does not say otherwise. */
  readonly value: number;
  readonly unit: "µs" | "ms" | "KiB";
  readonly from: "measured" | "assumed";
  readonly how: string;
}

export const UNIT_COSTS = {
  send: {
    what: "a send to a socket",
    value: 30,
    unit: "µs",
    from: "measured",
    how: "bench -- relays, 2026-11-22: 29 to 33 at a relay, 26 to 28 at one object of 1,000; scale -- measure: 27 to 28",
  },
  call: {
    what: "a call to another object and its answer, at each end",
    value: 32,
    unit: "µs",
    from: "measured",
    how: "scale -- measure, 2026-11-22: 62 to 67 both ends together; that they share it equally is assumed",
  },
  callPerKiB: {
    what: "a KiB more in it, at each end",
    value: 0.4,
    unit: "µs",
    from: "measured",
    how: "scale -- measure, 2026-11-22: 0.5 to 0.9 both ends together",
  },
  row: {
    what: "a row and its commit",
    value: 200,
    unit: "µs",
    from: "measured",
    how: "scale -- measure, 2026-11-22: 194 to 227",
  },
  sending: {
    what: "the room's own work around a batch for a relay",
    value: 75,
    unit: "µs",
    from: "measured",
    how: "bench -- relays, 2026-11-22: such a batch takes 467 to 567 in all, 10 a second; of what a call and a row leave of it, its share in a CPU profile",
  },
  taking: {
    what: "a relay's own work around it",
    value: 195,
    unit: "µs",
    from: "measured",
    how: "the rest",
  },
  asking: {
    what: "its own work around any other call, at each end",
    value: 20,
    unit: "µs",
    from: "assumed",
    how: "a publish, a count, a question for relays: what the message is does not count here",
  },
  message: {
    what: "a message taken in: read, checked, numbered, encoded",
    value: 55,
    unit: "µs",
    from: "measured",
    how: "B3: 18,130 messages/s on a core, so at most that: a share of everything else is in it",
  },
  join: {
    what: "a connect, at the object that holds the socket",
    value: 400,
    unit: "µs",
    from: "assumed",
    how: "bench -- relays: 810 to 850 with the Worker's part and the question to the room, of which this share is a guess",
  },
  replayed: {
    what: "a message in a replay",
    value: 2,
    unit: "µs",
    from: "measured",
    how: "B11: 10,000 messages in 20 ms",
  },
  edge: {
    what: "a connect, at the Worker",
    value: 2,
    unit: "ms",
    from: "assumed",
    how: "of CPU time, as it is billed; `npm run cost` measures it for a POST",
  },
  commit: {
    what: "a write until it is confirmed",
    value: COMMIT_MS,
    unit: "ms",
    from: "assumed",
    how: "cost/assumed.ts: Cloudflare publishes none",
  },
  socketHeap: {
    what: "a socket, if the isolate's heap is what counts",
    value: 0.64,
    unit: "KiB",
    from: "measured",
    how: "B6, JavaScript heap",
  },
  socketResident: {
    what: "a socket, if all counts that workerd holds for it",
    value: 96,
    unit: "KiB",
    from: "measured",
    how: "B6 and `bench -- scale`, resident: 95 to 165, kernel buffers not in it. With it 32,768 sockets would be 3 GB",
  },
} as const satisfies Record<string, UnitCost>;

/** The same to reckon with: times in ms. */
export interface Units {
  readonly send: number;
  /** A batch for a relay, where it is sent, and where it is taken; and one end of any other call. */
  readonly call: number;
  readonly take: number;
  readonly request: number;
  readonly callPerKiB: number;
  readonly row: number;
  readonly message: number;
  readonly join: number;
  readonly replayed: number;
  /** Until a write is confirmed: nothing that depends on it leaves earlier. */
  readonly commit: number;
}

const ms = ({ value }: { readonly value: number }) => value / 1000;

export const UNITS: Units = {
  send: ms(UNIT_COSTS.send),
  call: ms(UNIT_COSTS.call) + ms(UNIT_COSTS.sending),
  take: ms(UNIT_COSTS.call) + ms(UNIT_COSTS.taking),
  request: ms(UNIT_COSTS.call) + ms(UNIT_COSTS.asking),
  callPerKiB: ms(UNIT_COSTS.callPerKiB),
  row: ms(UNIT_COSTS.row),
  message: ms(UNIT_COSTS.message),
  join: ms(UNIT_COSTS.join),
  replayed: ms(UNIT_COSTS.replayed),
  commit: UNIT_COSTS.commit.value,
};
