/**
 * The rows that are measured by publishing, as data: adding one is adding an entry. Each is run against its reference and
 * against Edgewire in turn, and judged by the ratio of the two. What is measured otherwise is in `measure/`.
 *
 * What is counted is the same for both: deliveries (one message reaching one subscriber) of a 128-byte application
 * payload. R gets those 128 bytes as the frame; Edgewire gets them as the JSON string in `data`, with a `ref` and an
 * `id`, and gives them back inside its message. Publishers are subscribers too and receive what they publish, so a
 * message costs both servers the same number of sends.
 *
 * Fairness:
 * - A window is what one publisher may have in flight. Edgewire's moves with its acks (after the commit); R has none,
 *   so R's moves with the publisher's own message coming back, which is earlier than on disk and so favours R.
 * - Where the windows differ, the row says which were tried on each and what they gave.
 * - Edgewire publishes as the API key, which has no rates, on `acks=batch`; everything else is as for any user: every
 *   socket of a room is a different user and a member, presence is kept, every message is on disk before anyone sees it.
 */
import type { Target } from "./row.ts";

/** How publishers go on: as fast as `window` lets each (a closed loop), or at a rate, whatever comes back (open). */
export type Pace = { window: { reference: number; edgewire: number } } | { messagesPerSecond: number };

/**
 * What Edgewire is compared with. `R`: the least a Durable Object can do (`reference-worker.js`); `ws`: the same on Node
 * with the npm package ws; `over WebSocket`: Edgewire itself, its subscribers on WebSockets; `sink`: a server that does
 * next to nothing, to find what the load generator itself can take.
 */
export type Reference = "R" | "ws" | "over WebSocket" | "sink";

export type Measure = "deliveries" | "p50" | "p99";

/** Who is there, and how they speak. */
export interface Shape {
  rooms: number;
  subscribersPerRoom: number;
  /** The first so many subscribers of each room publish as well. */
  publishersPerRoom: number;
  /** Of how many different users the sockets are, taking turns; null: each is of its own. */
  users: number | null;
  acks: "batch" | "single";
  /** What subscribers hold; publishers, who are subscribers too, always hold a WebSocket. */
  transport: "ws" | "sse";
  /** Offer permessage-deflate as browsers always do. The server has to decline: compressing is per socket. */
  offersDeflate: boolean;
}

export interface Scenario extends Shape {
  /** As in the table of targets, or `curve`; several rows may share it, and `npm run bench -- B1` runs them all. */
  id: string;
  title: string;
  reference: Reference;
  pace: Pace;
  /** A row for each, from the same runs. */
  measures: readonly Measure[];
  target: Target | null;
  /** It says something of another row, for which one round is enough. Default: no. */
  isControl?: boolean;
}

const oneToHundred: Scenario = {
  id: "B1",
  title: "1 publisher → 100",
  reference: "R",
  rooms: 1,
  subscribersPerRoom: 100,
  publishersPerRoom: 1,
  pace: { window: { reference: 512, edgewire: 512 } },
  users: null,
  acks: "batch",
  transport: "ws",
  offersDeflate: false,
  measures: ["deliveries"],
  target: { atLeast: 30, later: 40 },
};

/**
 * Windows tried, with thousand deliveries a second. R: 1 gives 63, 2 to 32 give 55 to 61 (it serves one message after the
 * other, whatever is waiting); 64 gives 59 or 78, but by reading on from whoever it reads from and starving the rest.
 * Edgewire: 4 gives 2,300, 8 2,600, 16 2,700, 32 2,800, 40 3,000; above that a room's limit of pending messages is near.
 */
const everyoneToEveryone: Scenario = {
  ...oneToHundred,
  id: "B3",
  title: "100 ⇄ 100 in one room",
  publishersPerRoom: 100,
  pace: { window: { reference: 1, edgewire: 16 } },
  target: { atLeast: 35, later: 45 },
};

const steady: Scenario = {
  ...oneToHundred,
  id: "B5",
  title: "100 msg/s → 100",
  pace: { messagesPerSecond: 100 },
  measures: ["p50"],
  target: { atMost: 1.4 },
};

const offeringDeflate = (scenario: Scenario): Scenario => ({
  ...scenario,
  title: `${scenario.title}, deflate offered`,
  offersDeflate: true,
  isControl: true,
});

export const scenarios: readonly Scenario[] = [
  {
    ...oneToHundred,
    id: "B0",
    title: "B1 against a server that only echoes: the load generator's own limit",
    reference: "sink",
    target: { atMost: 0.8 },
    isControl: true,
  },
  oneToHundred,
  { ...oneToHundred, title: "1 publisher → 100, single acks", acks: "single", target: null, isControl: true },
  offeringDeflate(oneToHundred),
  {
    ...oneToHundred,
    id: "B2",
    title: "1 publisher → 1,000",
    subscribersPerRoom: 1000,
    // R, thousand deliveries a second: 38 at a window of 8, 40 at 32, 40 at 256, which takes seconds to drain.
    pace: { window: { reference: 32, edgewire: 256 } },
    target: { atLeast: 60, later: 80 },
  },
  everyoneToEveryone,
  offeringDeflate(everyoneToEveryone),
  {
    ...oneToHundred,
    id: "B4",
    title: "200 rooms × 5, everyone publishes",
    rooms: 200,
    subscribersPerRoom: 5,
    publishersPerRoom: 5,
    // Each in 20 rooms: a thousand users' own objects take four seconds to make, and have no part in what is measured.
    users: 50,
    pace: { window: { reference: 1, edgewire: 1 } },
    target: { atLeast: 1.25 },
  },
  steady,
  offeringDeflate(steady),
  {
    ...steady,
    id: "B5b",
    title: "100 publishers × 10 msg/s → 100",
    reference: "ws",
    publishersPerRoom: 100,
    pace: { messagesPerSecond: 1000 },
    measures: ["p50", "p99"],
    target: { atMost: 1 },
  },
  {
    ...oneToHundred,
    id: "B11",
    title: "1 publisher → 100 over SSE",
    reference: "over WebSocket",
    transport: "sse",
    target: { atLeast: 0.5, later: 1 },
  },
];

/** Deliveries a second against subscribers, and latency against the rate: only if asked for, for the plot. */
export const curve: readonly Scenario[] = [
  ...[10, 30, 100, 300, 1000].map((subscribersPerRoom): Scenario => {
    const window = subscribersPerRoom > 300 ? 256 : 512;
    return {
      ...oneToHundred,
      id: "curve",
      title: `1 publisher → ${subscribersPerRoom.toLocaleString("en-US")}`,
      subscribersPerRoom,
      pace: { window: { reference: window, edgewire: window } },
      target: null,
    };
  }),
  ...[10, 30, 100, 300, 1000].map(
    (messagesPerSecond): Scenario => ({
      ...steady,
      id: "curve",
      title: `${messagesPerSecond} msg/s → 100`,
      pace: { messagesPerSecond },
      target: null,
    }),
  ),
];
