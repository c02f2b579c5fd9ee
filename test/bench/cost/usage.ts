/** What objects and the edge used, as the metered Worker counts it (server/metered-worker.js). */
export interface Usage {
  edgeRequests: number;
  requests: number;
  frames: number;
  alarms: number;
  alarmsSet: number;
  rowsRead: number;
  rowsWritten: number;
  commits: number;
  /** While an event, a timer or a write was under way; ms, all objects added up. */
  busyMs: number;
  wakes: number;
}

export const NO_USAGE: Usage = {
  edgeRequests: 0,
  requests: 0,
  frames: 0,
  alarms: 0,
  alarmsSet: 0,
  rowsRead: 0,
  rowsWritten: 0,
  commits: 0,
  busyMs: 0,
  wakes: 0,
};

const NAMES = Object.keys(NO_USAGE) as (keyof Usage)[];

/** `a + b × times` */
export function plus(a: Usage, b: Partial<Usage>, times = 1): Usage {
  return Object.fromEntries(NAMES.map((name) => [name, a[name] + (b[name] ?? 0) * times])) as unknown as Usage;
}

export function divided(usage: Usage, by: number): Usage {
  return plus(NO_USAGE, usage, 1 / by);
}
