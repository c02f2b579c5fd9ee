/** What the bench asks of a load generator process, and what it gets back (both cross the process boundary as JSON). */
import type { Shape } from "../scenarios.ts";
import type { ConnectJob, ConnectResult } from "./connect-run.ts";
import type { CrowdJob, CrowdResult } from "./crowd-run.ts";
import type { HoldJob } from "./hold-run.ts";
import type { HttpJob, HttpResult } from "./http-run.ts";
import type { ListenJob, ListenResult } from "./listen-run.ts";
import type { ManyJob, ManyResult } from "./many-run.ts";
import type { ResumeJob, ResumeResult } from "./resume-run.ts";
import type { WakeJob, WakeResult } from "./wake-run.ts";

/** Where a server listens and whose CPU time to take along. */
export interface Target {
  port: number;
  serverPid: number;
  apiKey: string;
  authSecret: string;
  /**
   * What it speaks: Edgewire's protocol, that of a plain relay, which sends each frame back to the whole room, or
   * Socket.IO's.
   */
  dialect: "edgewire" | "relay" | "socket.io";
  /** Of a relay: what its rooms' paths begin with, if not with the room. */
  prefix?: string;
}

export interface LoadJob extends Shape {
  kind: "load";
  target: Target;
  pace: JobPace;
  /** Names the rooms of this run; a new one each time, so that no run finds the log of another. */
  runName: string;
  /** Messages that each room holds before the run begins; Edgewire only. */
  retained: number;
  warmupSeconds: number;
  seconds: number;
  /** Pauses when it begins to measure and when it has measured, publishing all the while. */
  pauses: boolean;
}

/** As `Pace`, for the one server of this run. */
export type JobPace = { window: number } | { messagesPerSecond: number };

export interface LoadResult {
  /** Deliveries of a message to a subscriber, a second. */
  deliveriesPerSecond: number;
  framesPerSecond: number;
  megabytesPerSecond: number;
  /** From just before the publish is written to the socket until the bytes of the delivery are read, in ms. */
  latency: { p50: number; p99: number };
  /** CPU time over wall time while measuring: near 1 would mean the generator was the limit. */
  generatorCpu: number;
  /** The same for the server; null where there is no /proc. */
  serverCpu: number | null;
  published: number;
  delivered: number;
  /** What went wrong, in words; empty if every subscriber got everything exactly once and in order. */
  faults: string[];
}

export interface Results {
  load: LoadResult;
  connect: ConnectResult;
  crowd: CrowdResult;
  hold: null;
  http: HttpResult;
  listen: ListenResult;
  many: ManyResult;
  resume: ResumeResult;
  wake: WakeResult;
}
export type Job = LoadJob | ConnectJob | CrowdJob | HoldJob | HttpJob | ListenJob | ManyJob | ResumeJob | WakeJob;

/** What the generator says: that the bench is to do its part, or the answer. */
export type GeneratorMessage = { pause: number } | { result: Results[Job["kind"]] } | { error: string };
