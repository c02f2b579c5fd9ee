/** From what was used in a month to what it costs. */
import { BASE, type Billed, FRAMES_PER_REQUEST, OBJECT_GB, PRICES } from "../../../src/demo/prices.ts";
import { COMMIT_MS } from "./assumed.ts";
import type { Usage } from "./usage.ts";

export interface Line {
  what: string;
  unit: string;
  used: number;
  included: number;
  dollars: number;
}

export interface Bill {
  lines: Line[];
  /** The plan's own price included. */
  dollars: number;
  /** If the account has used up what the plan includes, without the plan's own price. */
  dollarsBeyond: number;
}

/** What is billed of it. Setting an alarm is a row written. */
export function billed(usage: Usage, storedGB: number, edgeCpuMs: number): Billed {
  return {
    workerRequests: usage.edgeRequests,
    workerCpu: usage.edgeRequests * edgeCpuMs,
    objectRequests: usage.requests + usage.alarms + usage.frames / FRAMES_PER_REQUEST,
    duration: ((usage.busyMs + usage.commits * COMMIT_MS) / 1000) * OBJECT_GB,
    rowsRead: usage.rowsRead,
    rowsWritten: usage.rowsWritten + usage.alarmsSet,
    storage: storedGB,
  };
}

export function billOf(used: Billed): Bill {
  let beyond = 0;
  const lines = (Object.keys(PRICES) as (keyof Billed)[]).map((name) => {
    const { what, unit, included, perMillion } = PRICES[name];
    beyond += (used[name] / 1e6) * perMillion;
    const dollars = (Math.max(0, used[name] - included) / 1e6) * perMillion;
    return { what, unit, used: used[name], included, dollars };
  });
  return { lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, BASE), dollarsBeyond: beyond };
}
