/**
 * What Cloudflare asks for, on its Workers Paid plan, in US dollars, without taxes. What the page of the demo and
 * `npm run cost` multiply stands here. Where the list changes, this file and its date do.
 */
export const PRICES_OF = "2026-11-22";
export const PRICE_LISTS = [
  "https://developers.cloudflare.com/durable-objects/platform/pricing/",
  "https://developers.cloudflare.com/workers/platform/pricing/",
] as const;

/** Of the plan, each month. */
export const BASE = 5;

export interface Price {
  /** As in the bill. */
  readonly what: string;
  readonly unit: string;
  /** Units a month that the plan includes. */
  readonly included: number;
  /** Of a million units more. */
  readonly perMillion: number;
}

export const PRICES = {
  workerRequests: { what: "requests to the Worker", unit: "", included: 10e6, perMillion: 0.3 },
  workerCpu: { what: "CPU time of the Worker", unit: "ms", included: 30e6, perMillion: 0.02 },
  objectRequests: { what: "requests to objects", unit: "", included: 1e6, perMillion: 0.15 },
  duration: { what: "time that objects are busy", unit: "GB-s", included: 400_000, perMillion: 12.5 },
  rowsRead: { what: "rows read", unit: "", included: 25e9, perMillion: 0.001 },
  rowsWritten: { what: "rows written", unit: "", included: 50e6, perMillion: 1 },
  // $0.20 a GB-month.
  storage: { what: "stored", unit: "GB-month", included: 5, perMillion: 0.2e6 },
} as const satisfies Record<string, Price>;

export type Billed = Record<keyof typeof PRICES, number>;

/** Frames that come in over a WebSocket and count as one request; frames out, and protocol pings, are free. */
export const FRAMES_PER_REQUEST = 20;
/** An object is billed as if it used so much memory. */
export const OBJECT_GB = 0.128;
