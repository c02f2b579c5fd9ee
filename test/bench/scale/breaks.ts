/** How much of each limit is used, and how many listeners it allows: what breaks first. */
import { latencyOf } from "./budget.ts";
import { type Flow, flowOf } from "./flow.ts";
import { LIMITS } from "./limits.ts";
import { PRESENCE_PER_SECOND, type Scenario } from "./scenario.ts";
import { UNIT_COSTS, type Units } from "./unit-costs.ts";

export interface Bound {
  readonly what: string;
  readonly most: number;
  readonly unit: string;
  /** `ours`: no limit of the platform, but what is meant to be kept. */
  readonly kind: "hard" | "soft" | "unsaid" | "ours";
  used(flow: Flow, units: Units): number;
}

/** A thread should not be busier: what comes in bursts has to have somewhere to go. */
const BUSY = 0.8;
/** ms: what most people still take for live. */
const PATIENCE = 1000;
/** ms: whoever waits for a turn or a batch so long need not be reckoned in detail. */
const HOPELESS = 5000;
/** Of an object without sockets: the code, the database's cache, a relay's tail. */
const OBJECT_BYTES = 20e6;

const called = ({ tree }: Flow) => tree.hubs || tree.relays;
const most = <Of>(all: readonly Of[], of: (one: Of) => number) => Math.max(0, ...all.map(of));
const heldByOne = ({ groups, tree }: Flow) =>
  Math.max(
    tree.own,
    most(groups, ({ group }) => group.each),
  );
const bytes = (kib: number) => (flow: Flow) => OBJECT_BYTES + heldByOne(flow) * kib * 1024;

export const BOUNDS: readonly Bound[] = [
  {
    ...{ what: "the room's thread, for calls and requests", most: BUSY, unit: "of a core", kind: "ours" },
    used: ({ roomBusy, ownBusy }) => roomBusy - ownBusy,
  },
  {
    ...{ what: "a relay's thread", most: BUSY, unit: "of a core", kind: "ours" },
    used: ({ groups }) => most(groups, ({ relayBusy }) => relayBusy),
  },
  {
    ...{ what: "p99 of a message", most: PATIENCE, unit: "ms", kind: "ours" },
    used: (flow, units) => {
      const longest = flow.flush.cycle + most(flow.groups, ({ toRelay }) => toRelay.cycle);
      return longest > HOPELESS ? longest : latencyOf(flow, units).all.quantile(0.99);
    },
  },
  {
    ...{ what: "requests to the room", most: LIMITS.requestsPerSecond.value, unit: "a second", kind: "soft" },
    used: ({ requests }) => requests,
  },
  {
    ...{ what: "requests to a relay", most: LIMITS.requestsPerSecond.value, unit: "a second", kind: "soft" },
    used: ({ groups, scenario }) =>
      most(groups, ({ group, toRelay }) => toRelay.rate * 1000 + group.each / (scenario.stay * 60)) +
      PRESENCE_PER_SECOND,
  },
  {
    ...{ what: "calls of a turn of the room", most: LIMITS.subrequests.value, unit: "calls", kind: "hard" },
    used: called,
  },
  {
    ...{
      what: "calls of a turn of the room, free plan",
      most: LIMITS.subrequestsFree.value,
      unit: "calls",
      kind: "hard",
    },
    used: called,
  },
  {
    // "Open websockets on Durable Objects … could often exceed this limit", says the changelog of 2026-02-11.
    ...{ what: "calls of the room in a minute, if one event is all it wakes for", unit: "calls", kind: "unsaid" },
    most: LIMITS.subrequests.value,
    used: ({ calls }) => calls * 60,
  },
  {
    ...{ what: "sockets of an object", most: LIMITS.sockets.value, unit: "sockets", kind: "hard" },
    used: heldByOne,
  },
  {
    ...{ what: "memory of an object, if the heap counts", most: LIMITS.memory.value, unit: "bytes", kind: "hard" },
    used: bytes(UNIT_COSTS.socketHeap.value),
  },
  {
    ...{
      what: "memory of an object, if all counts that workerd holds",
      most: LIMITS.memory.value,
      unit: "bytes",
      kind: "unsaid",
    },
    used: bytes(UNIT_COSTS.socketResident.value),
  },
  {
    ...{ what: "calls out at a time, if they count as connections", unit: "calls", kind: "unsaid" },
    most: LIMITS.connectionsAtOnce.value,
    used: ({ callsOut }) => callsOut,
  },
];

export interface Break {
  readonly bound: Bound;
  /** At the scenario's size. */
  readonly used: number;
  /** The listeners it allows, to three digits; infinite: 10^8 and more; 0: not even 100. */
  readonly listeners: number;
}

const [FEWEST, MOST] = [100, 1e8];
/** Halvings of that, to three digits. */
const ROUNDS = 15;

export function breaksOf(scenario: Scenario, units: Units): Break[] {
  const flow = flowOf(scenario, units);
  return BOUNDS.map((bound) => {
    const holds = (listeners: number) => bound.used(flowOf({ ...scenario, listeners }, units), units) <= bound.most;
    return { bound, used: bound.used(flow, units), listeners: mostThat(holds) };
  });
}

function mostThat(holds: (listeners: number) => boolean): number {
  if (!holds(FEWEST)) return 0;
  if (holds(MOST)) return Number.POSITIVE_INFINITY;
  let [low, high] = [Math.log(FEWEST), Math.log(MOST)];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (holds(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return Number(Math.exp(low).toPrecision(3));
}
