/** What the bench asks of a load generator process, and what it gets back (both cross the process boundary as JSON). */
import type { Pace, Scenario } from "../scenarios.ts";

export type ServerName = keyof Extract<Pace, { window: unknown }>["window"];

export interface LoadJob {
  server: ServerName;
  /** What subscribers that only read hold. */
  transport: Scenario["transport"];
  port: number;
  /** Whose CPU time to take along. */
  serverPid: number;
  apiKey: string;
  scenario: Scenario;
  /** Names the rooms of this run; a new one each time, so that no run finds the log of another. */
  runName: string;
  warmupSeconds: number;
  seconds: number;
}

export interface LoadResult {
  /** Deliveries of a message to a subscriber, a second. */
  deliveriesPerSecond: number;
  framesPerSecond: number;
  megabytesPerSecond: number;
  /** From just before the publish is written to the socket until the bytes of the delivery are read, in ms. */
  latency: { p50: number; p99: number };
  /** CPU time over wall time while measuring: near 1 would mean the generator was the limit. */
  generatorCpu: number;
  /** The same for workerd; null where there is no /proc. */
  serverCpu: number | null;
  published: number;
  delivered: number;
  /** What went wrong, in words; empty if every subscriber got everything exactly once and in order. */
  faults: string[];
}

/** The generator's one answer. */
export type LoadAnswer = { result: LoadResult } | { error: string };
