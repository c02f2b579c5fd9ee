/** What the platform asks for, of https://developers.cloudflare.com/durable-objects/platform/pricing/, in dollars. */
export const PRICES = {
  /** When that page was looked at. */
  asOf: "November 2026",
  /** Connects, calls and alarms. */
  request: 0.15 / 1_000_000,
  /** WebSocket messages in that count as one request; messages out are free. */
  framesPerRequest: 20,
  rowRead: 0.001 / 1_000_000,
  rowWritten: 1 / 1_000_000,
} as const;

/** What an object has done, as it counts itself. */
export interface Counted {
  readonly requests: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly commits: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Without the time that an object is busy, which nothing in it can measure. */
export function costOf({ requests, framesIn, rowsRead, rowsWritten }: Counted): number {
  const asked = (requests + framesIn / PRICES.framesPerRequest) * PRICES.request;
  return asked + rowsRead * PRICES.rowRead + rowsWritten * PRICES.rowWritten;
}
