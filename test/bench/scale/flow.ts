/**
 * What happens how often in a tree that runs steadily, in closed form but for one unknown that is searched for: how long a
 * call waits because the room can do no more.
 *
 * Two rules make the rates. What comes while a turn runs goes out with the next one, so a flush comes 1/rate after the last,
 * or as soon as that is done. And a relay has one batch out at a time, what comes meanwhile waiting for it to be back: so
 * batches come as fast as they go and return, at most, however much is said.
 */
import { roundTrip } from "./regions.ts";
import {
  type Group,
  jitterOf,
  LIST_SECONDS,
  PRESENCE_PER_SECOND,
  type Scenario,
  type Tree,
  treeOf,
} from "./scenario.ts";
import type { Units } from "./unit-costs.ts";

/** Something that is done again when it is done, or when there is something to do: rates by the ms. */
export interface Link {
  /** ms that it is under way. */
  readonly cycle: number;
  readonly rate: number;
  /** The share of what comes that finds it idle. */
  readonly idle: number;
}

/** @param arrivals by the ms, at random @param cycle ms */
export function linkOf(arrivals: number, cycle: number): Link {
  const nothingCame = Math.exp(-arrivals * cycle);
  const rate = 1 / (cycle + nothingCame / arrivals);
  return { cycle, rate, idle: (nothingCame / arrivals) * rate };
}

export interface GroupFlow {
  readonly group: Group;
  /** From the room to a hub, or to a relay. */
  readonly fromRoom: Link;
  /** To a relay, from whoever calls it. */
  readonly toRelay: Link;
  /** ms of CPU of a hub's turn with a batch. */
  readonly hubTurn: number;
  /** ms of CPU until a relay begins to send, and until it has sent to all. */
  readonly relayBegins: number;
  readonly relayTurn: number;
  /** Share of a relay's time, and of a hub's. */
  readonly relayBusy: number;
  readonly hubBusy: number;
}

export interface Flow {
  readonly scenario: Scenario;
  readonly tree: Tree;
  /** The room's turns in which it passes on what has come, `cycle` with what it does beside. */
  readonly flush: Link;
  /** ms of CPU of such a turn. */
  readonly flushTurn: number;
  readonly groups: readonly GroupFlow[];
  /** ms that a call waits until it may be made, where only so many may be out at a time. */
  readonly wait: number;
  readonly roomBusy: number;
  /** Of that, for the sockets that the room holds itself. */
  readonly ownBusy: number;
  /** Calls out of the room, a second. */
  readonly calls: number;
  /** Of them, out at a time. */
  readonly callsOut: number;
  /** Requests into the room, a second. */
  readonly requests: number;
}

/** Halvings of `LONGEST_WAIT`: to less than a µs. */
const ROUNDS = 30;
/** ms: who waits longer for a call has no service, and how much longer is not searched for. */
export const LONGEST_WAIT = 60_000;

export function flowOf(scenario: Scenario, units: Units): Flow {
  const tree = treeOf(scenario);
  const at = (wait: number) => flowAt(scenario, tree, units, wait);
  const fits = ({ callsOut }: Flow) => callsOut <= scenario.callsAtOnce;
  const free = at(0);
  return fits(free) ? free : at(leastThat((wait) => fits(at(wait)), LONGEST_WAIT));
}

/** The least number up to `most` that will do, if larger ones do as well. */
function leastThat(does: (value: number) => boolean, most: number): number {
  let [low, high] = [0, most];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (does(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function flowAt(scenario: Scenario, tree: Tree, units: Units, wait: number): Flow {
  const { messagesPerSecond, messageBytes, presence } = scenario;
  const said = messagesPerSecond / 1000;
  const counts = presence ? PRESENCE_PER_SECOND / 1000 : 0;
  const requests = said + counts * (tree.hubs || tree.relays) + scenario.isolates / LIST_SECONDS / 1000;
  const answering = said * units.message + requests * units.request;
  const own = units.row + tree.own * units.send;

  /** All that follows from how long it is from a turn to the next when there is always something to pass on. */
  const attempt = (cycle: number) => {
    const flush = linkOf(said + counts, cycle);
    const one = units.call + ((said / flush.rate) * messageBytes * units.callPerKiB) / 1024;
    // An answer comes in at any time, and waits for the turn that is under way.
    const answered = wait + (flush.rate * cycle * cycle) / 2;
    const groups = tree.groups.map((group) => groupFlow(group, scenario, units, flush.rate, answered));
    const called = (of: (group: GroupFlow) => number) =>
      groups.reduce((sum, each) => sum + (each.group.hubs || each.group.relays) * of(each), 0);
    const calls = called(({ fromRoom }) => fromRoom.rate);
    const flushTurn = own + (called(({ fromRoom }) => fromRoom.idle) * one) / 2;
    const beside = answering + calls * one - flush.rate * (flushTurn - own);
    const callsOut = called(({ fromRoom }) => fromRoom.rate * (fromRoom.cycle - wait));
    return { flush, groups, calls, flushTurn, beside, callsOut, isLongEnough: flushTurn <= cycle * (1 - beside) };
  };
  const found = attempt(leastThat((cycle) => attempt(cycle).isLongEnough, LONGEST_WAIT));
  const { flush, groups, flushTurn, callsOut } = found;
  return {
    ...{ scenario, tree, flush, groups, flushTurn, callsOut, wait },
    roomBusy: found.beside + flush.rate * flushTurn,
    ownBusy: flush.rate * own,
    calls: found.calls * 1000,
    requests: requests * 1000,
  };
}

function groupFlow(group: Group, scenario: Scenario, units: Units, flushes: number, wait: number): GroupFlow {
  const { messagesPerSecond, messageBytes, room } = scenario;
  const far = roundTrip(room, group.site);
  const near = roundTrip(group.site, group.site);
  const travel = (distance: number) => distance + 2 * jitterOf(scenario, distance / 2);
  const begins = (rate: number) =>
    units.take + units.row + ((messagesPerSecond / 1000 / rate) * messageBytes * units.callPerKiB) / 1024;
  // What a relay sends, and its answer, are held until its row is safe.
  const answers = (turn: number) => Math.max(turn, units.commit);
  const turnOf = (rate: number) => begins(rate) + group.each * units.send;
  if (group.hubs === 0) {
    const first = linkOf(flushes, travel(far) + wait + answers(turnOf(flushes)));
    const toRelay = linkOf(flushes, travel(far) + wait + answers(turnOf(first.rate)));
    const turn = turnOf(toRelay.rate);
    return {
      ...{ group, fromRoom: toRelay, toRelay, hubTurn: 0, hubBusy: 0 },
      relayBegins: begins(toRelay.rate),
      relayTurn: turn,
      relayBusy: toRelay.rate * turn,
    };
  }
  const relays = group.relays / group.hubs;
  let hubTurn = units.call;
  let fromRoom = linkOf(flushes, travel(far) + wait + hubTurn);
  let toRelay = linkOf(fromRoom.rate, travel(near) + answers(turnOf(fromRoom.rate)));
  for (let round = 0; round < 3; round++) {
    hubTurn = units.call + (relays * toRelay.idle * units.call) / 2;
    fromRoom = linkOf(flushes, travel(far) + wait + hubTurn);
    toRelay = linkOf(fromRoom.rate, travel(near) + answers(turnOf(toRelay.rate)));
  }
  return {
    ...{ group, fromRoom, toRelay, hubTurn },
    relayBegins: begins(toRelay.rate),
    relayTurn: turnOf(toRelay.rate),
    relayBusy: toRelay.rate * turnOf(toRelay.rate),
    hubBusy: fromRoom.rate * units.call + relays * toRelay.rate * units.call,
  };
}
