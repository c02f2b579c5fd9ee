/** What a run is like: of all that can be, each seed takes some, so that faults are not always hidden behind others. */
import type { TransportName } from "../clients/line.ts";
import type { Habits } from "../clients/publisher.ts";
import type { Random } from "../random.ts";
import type { Weather } from "./machine.ts";
import type { NetworkWeather } from "./network.ts";

/** What can be done to a run at some moment. */
export const FAULTS = [
  ...["kill", "kill", "reset", "disk", "sleep", "sleep", "cut", "cut", "blackout", "stall", "vanish"],
  ...["partition", "clear", "erase", "wipe", "kick", "logout", "renew", "expire", "clock"],
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Scenario {
  /** ms of traffic and faults. */
  readonly length: number;
  readonly faults: readonly Fault[];
  /** ms between two, on average. */
  readonly pause: number;
  /** How many messages are published, about. */
  readonly messages: number;
  /** Connections that a room holds itself before relays do, and that one of those holds; null: there are no relays. */
  readonly relays: { readonly above: number; readonly connections: number } | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly machine: Weather;
  readonly network: NetworkWeather;
  readonly habits: Habits;
  readonly transports: readonly TransportName[];
  readonly tellsUnsent: boolean;
  /** Whether signals are sent, and members say something of themselves. */
  readonly chats: boolean;
  /** How late something may come that is not held up for good; ms. */
  readonly slack: number;
  readonly config: Readonly<Record<Configured, number>>;
}

/** What the checker has to know. */
type Configured =
  | "RETAIN_MESSAGES"
  | "RETAIN_AGE"
  | "RETAIN_BYTES"
  | "PRESENCE_GRACE"
  | "HEARTBEAT_TIMEOUT"
  | "PRESENCE_SWEEP";

const TRANSPORTS: readonly (readonly TransportName[])[] = [
  ["ws"],
  ["ws", "sse"],
  ["ws", "sse", "poll"],
  ["sse", "poll"],
];

export function scenarioOf(random: Random): Scenario {
  const kinds = new Set(Array.from({ length: 1 + random.below(6) }, () => random.pick(FAULTS)));
  const jumps = kinds.has("clock");
  // Who logs out is refused until the clock has come to that moment again.
  const faults = FAULTS.filter((fault) => kinds.has(fault) && !(jumps && fault === "logout"));
  const isWindy = random.chance(0.5);
  const latency = random.pick([2, 20, 150]);
  const config = {
    HEARTBEAT_EVERY: 1000,
    HEARTBEAT_TIMEOUT: 3000,
    NO_HEARTBEAT_TIMEOUT: 6000,
    PRESENCE_GRACE: 3000,
    POLL_GRACE: 4000,
    PRESENCE_SWEEP: 1000,
    PRESENCE_COLLECT_ABOVE: random.pick([0, 20]),
    PRESENCE_COLLECT_FOR: 500,
    DEPARTURE_DELAY: random.pick([0, 100, 1000]),
    STREAM_COMMENT_EVERY: 1000,
    STREAM_AGE: random.pick([3000, 60_000]),
    // What has been taken when is judged by the times of messages: not where the clock jumps.
    RETAIN_MESSAGES: jumps ? 10_000 : random.pick([5, 40, 10_000]),
    RETAIN_AGE: jumps ? 864_000_000 : random.pick([4000, 3_600_000]),
    RETAIN_BYTES: jumps ? 67_108_864 : random.pick([4096, 200_000, 67_108_864]),
    PUBLISH_RATE: 0,
    SIGNAL_RATE: 0,
    DENIED_PER_MINUTE: 0,
    ERRORS_PER_MINUTE: 100_000,
    UNSENT_BYTES: 65_536,
  };
  const some = { above: random.pick([0, 2]), connections: random.pick([2, 5000, 5000]) };
  // Of runs: it takes them longer.
  const relays = random.chance(0.2) ? some : null;
  const maximum = (value: number) => (isWindy && random.chance(0.5) ? value : 0);
  return {
    length: random.pick([1000, 3000, 8000]),
    faults,
    relays,
    pause: random.pick([100, 300, 1000]),
    messages: random.pick([15, 40, 120]),
    variables: Object.fromEntries([
      ...Object.entries({ ...config, USER_RETAIN_AGE: config.RETAIN_AGE }).map(([name, value]) => [
        name,
        String(value),
      ]),
      ...(relays === null ? [] : relayVariables(relays)),
    ]),
    machine: { lostCalls: maximum(0.05), slowestCommit: random.pick([2, 50, 400]), latestAlarm: maximum(1500) },
    network: { lost: maximum(0.1), doubled: maximum(0.2), latency },
    habits: {
      http: random.pick([0, 0.3, 0.9]),
      withoutId: random.pick([0, 0.3]),
      array: random.pick([0, 0.1]),
      twice: random.pick([0, 0.2]),
      collide: random.pick([0, 0, 0.3]),
      largest: random.pick([100, 30_000]),
      pause: 500,
      longest: 4,
    },
    transports: random.pick(TRANSPORTS),
    tellsUnsent: random.chance(0.9),
    chats: random.chance(0.5),
    slack: 2 * latency + 1000 + (faults.includes("stall") ? 2000 : 0),
    config,
  };
}

/** A user's in one region, the others' in others. */
function relayVariables({ above, connections }: NonNullable<Scenario["relays"]>): [string, string][] {
  return [
    ["RELAY_ABOVE", String(above)],
    ["RELAY_CONNECTIONS", String(connections)],
    ["RELAY_REGIONS", "by user"],
  ];
}
