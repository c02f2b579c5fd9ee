/** What can happen to a channel and its clients, at random. */
import fc from "fast-check";
import type { Config } from "../../../../src/config.ts";
import type { View } from "../../../../src/core/frame.ts";
import type { Task } from "../../../../src/core/host.ts";
import type { Transport } from "../../../../src/core/session.ts";
import { LARGE } from "./publications.ts";

interface Connect {
  readonly kind: "connect";
  readonly client: number;
  readonly transport: Transport;
  readonly view: View;
  readonly start: "resume" | "now" | "rewind";
  readonly presence: "none" | "count" | "members";
  readonly member: boolean;
  readonly echo: boolean;
  readonly acks: "single" | "batch";
  readonly data: number | undefined;
  /** ms until the token ends; null: it does not. */
  readonly life: number | null;
}

export type Step =
  | Connect
  | { kind: "publish"; client: number; over: "socket" | "http"; id: number | null; flavor: number }
  | { kind: "array"; client: number; ids: (number | null)[] }
  | { kind: "retry"; client: number; over: "socket" | "http" }
  | { kind: "read"; client: number; frames: number }
  | { kind: "jam"; client: number; full: boolean }
  | { kind: "end"; client: number; code: number }
  | { kind: "leave" | "signal" | "mute" | "pull"; client: number }
  | { kind: "say"; client: number; data: number }
  | { kind: "run"; task: Task }
  | { kind: "wait"; ms: number }
  | { kind: "history"; after: number | null; before: number | null; limit: number; order: "asc" | "desc" }
  | { kind: "look" | "sleep" | "crash" | "wipe" | "clear" | "erase" }
  | { kind: "kick"; client: number }
  | { kind: "disk"; statements: number };

const client = fc.nat(3);
const over = fc.constantFrom("socket" as const, "http" as const);
const id = fc.option(fc.nat(2), { freq: 2 });
const kind = <K extends string>(name: K) => fc.constant(name);

const weighted: [number, fc.Arbitrary<Step>][] = [
  [
    7,
    fc.record({
      kind: kind("connect"),
      client,
      transport: fc.constantFrom("ws", "ws", "sse", "poll"),
      view: fc.constantFrom("events", "named-events"),
      start: fc.constantFrom("resume", "resume", "resume", "now", "rewind"),
      presence: fc.constantFrom("none", "count", "members", "members"),
      member: fc.boolean(),
      echo: fc.boolean(),
      acks: fc.constantFrom("single", "batch"),
      data: fc.option(fc.nat(2), { nil: undefined }),
      life: fc.option(fc.constantFrom(500, 15_000), { nil: null, freq: 4 }),
    }),
  ],
  [10, fc.record({ kind: kind("publish"), client, over, id, flavor: fc.nat(1) })],
  [2, fc.record({ kind: kind("array"), client, ids: fc.array(id, { minLength: 1, maxLength: 4 }) })],
  [3, fc.record({ kind: kind("retry"), client, over })],
  [4, fc.record({ kind: kind("read"), client, frames: fc.integer({ min: 1, max: 4 }) })],
  [1, fc.record({ kind: kind("jam"), client, full: fc.boolean() })],
  [4, fc.record({ kind: kind("end"), client, code: fc.constantFrom(1000, 1001, 1006, 1006) })],
  [1, fc.record({ kind: fc.constantFrom("leave", "signal", "mute"), client })],
  [1, fc.record({ kind: kind("say"), client, data: fc.nat(2) })],
  [2, fc.record({ kind: kind("pull"), client })],
  [8, fc.record({ kind: kind("run"), task: fc.constantFrom("flush", "flush", "replay", "presence") })],
  [5, fc.record({ kind: kind("wait"), ms: fc.constantFrom(1, 300, 1000, 4000, 11_000, 70_000) })],
  [
    2,
    fc.record({
      kind: kind("history"),
      after: fc.option(fc.nat(20), { nil: null }),
      before: fc.option(fc.nat(20), { nil: null }),
      limit: fc.constantFrom(1, 3, 100),
      order: fc.constantFrom("asc", "desc"),
    }),
  ],
  [3, fc.record({ kind: fc.constantFrom("look", "sleep", "sleep") })],
  [1, fc.record({ kind: fc.constantFrom("crash", "crash", "crash", "wipe", "clear", "erase") })],
  [1, fc.record({ kind: kind("kick"), client })],
  [1, fc.record({ kind: kind("disk"), statements: fc.nat(3) })],
];

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  { minLength: 20, maxLength: 60 },
);

export interface Scenario {
  readonly settings: Partial<Config>;
  /** Whether messages are so large that each is a page of a replay. */
  readonly large: boolean;
}

/** Limits so small that they are reached. Large messages are seldom, because they take time. */
export const scenarios: fc.Arbitrary<Scenario> = fc.oneof(
  { weight: 8, arbitrary: scenario(false, [3, 8, 1000], [700, 1_000_000], [3, 1000]) },
  { weight: 2, arbitrary: scenario(true, [8, 1000], [400_000, 1_000_000], [3]) },
);

function scenario(large: boolean, messages: number[], bytes: number[], pending: number[]): fc.Arbitrary<Scenario> {
  const settings = fc.record({
    RETAIN_MESSAGES: fc.constantFrom(...messages),
    RETAIN_AGE: fc.constantFrom(20_000, 1_000_000),
    RETAIN_BYTES: fc.constantFrom(...bytes),
    PENDING_MESSAGES: fc.constantFrom(...pending),
    PRESENCE_COLLECT_ABOVE: fc.constantFrom(0, 1, 20),
    PUBLISH_RATE: fc.constant(0),
    SIGNAL_RATE: fc.constant(0),
    MESSAGE_DATA_BYTES: fc.constant(large ? LARGE + 1000 : 65_536),
    FRAME_BYTES: fc.constant(2 * LARGE),
  });
  return settings.map((settings) => ({ settings, large }));
}
