/** What an hour of a room of any size uses, and what that costs in an account that has used up what its plan includes. */
import { type Bill, billed, billOf } from "../cost/bill.ts";
import { NO_USAGE, plus, type Usage } from "../cost/usage.ts";
import type { Flow } from "./flow.ts";
import { roundTrip } from "./regions.ts";
import { LIST_SECONDS, PRESENCE_PER_SECOND, type Scenario } from "./scenario.ts";
import { UNIT_COSTS, type Units } from "./unit-costs.ts";

const HOUR = 3600;

export interface HourlyBill {
  /** What is said and how many are there, to all. */
  readonly running: Bill;
  /** Listeners who come and go. */
  readonly visits: Bill;
  readonly dollars: number;
}

/**
 * Somebody comes and goes, as `npm run cost -- livestream` measures it: two calls of the user's own object besides the
 * connect. That the holder waits a second before it tells of the leave is in `activeShare`.
 */
const VISIT: Partial<Usage> = { edgeRequests: 1, requests: 3, rowsWritten: 3, rowsRead: 2 };
/** ms that their own object is busy, its two writes included. */
const visitMs = (units: Units) => 6 + 2 * units.commit;
/** s: DEPARTURE_DELAY. */
const LEAVING_SECONDS = 1;

export function hourOf(flow: Flow, units: Units): HourlyBill {
  const running = billOfUsage(runningUsage(flow, units));
  const visits = billOfUsage(visitsUsage(flow.scenario, units));
  return { running, visits, dollars: running.dollarsBeyond + visits.dollarsBeyond };
}

export const billOfUsage = (usage: Usage): Bill => billOf(billed(usage, 0, UNIT_COSTS.edge.value));

/** Everything is counted by the second here. */
function runningUsage({ scenario, groups, flush, tree }: Flow, units: Units): Usage {
  const { messagesPerSecond, presence, listeners, stay } = scenario;
  const counts = presence ? PRESENCE_PER_SECOND : 0;
  /** Of batches, how many have a message in them, and so a row. */
  const withMessage = (rate: number) =>
    1 - (counts / (messagesPerSecond + counts)) ** ((messagesPerSecond + counts) / rate);
  const leaves = (holds: number) => (holds / (stay * 60)) * LEAVING_SECONDS;
  const farthest = Math.max(0, ...groups.map(({ fromRoom }) => fromRoom.cycle));
  const roomTurn = Math.max(units.commit, flush.cycle);
  let second: Usage = {
    ...NO_USAGE,
    // Published over HTTP, each by itself.
    edgeRequests: messagesPerSecond,
    requests: messagesPerSecond + scenario.isolates / LIST_SECONDS,
    rowsWritten: flush.rate * 1000 * withMessage(flush.rate * 1000),
    busyMs: 1000 * activeShare(flush.rate * (roomTurn + farthest) + leaves(Math.min(listeners, tree.own))),
  };
  for (const { group, fromRoom, toRelay, relayTurn } of groups) {
    const rate = toRelay.rate * 1000;
    const telling = counts * roundTrip(scenario.room, group.site);
    const busy = toRelay.rate * Math.max(relayTurn, units.commit) + telling / 1000 + leaves(group.each);
    const relay = { requests: rate + counts, rowsWritten: rate * withMessage(rate), busyMs: 1000 * activeShare(busy) };
    const hub = { requests: fromRoom.rate * 1000 + counts, busyMs: 1000 * activeShare(fromRoom.rate * toRelay.cycle) };
    second = plus(plus(second, relay, group.relays), hub, group.hubs);
  }
  return plus(NO_USAGE, second, HOUR);
}

function visitsUsage({ listeners, stay }: Scenario, units: Units): Usage {
  return plus(NO_USAGE, { ...VISIT, busyMs: visitMs(units) }, (listeners * 60) / stay);
}

/** The share of the time that something is under way, of so much of it that begins at random. */
const activeShare = (load: number) => 1 - Math.exp(-load);
