/** What an object has done since it woke: the things that its owner pays for, counted where they happen. */
export interface Usage {
  /** Another after every sleep: what is counted is this life's. */
  readonly life: string;
  /** ms since 1970 that it woke at. */
  readonly since: number;
  /** Connects, alarms, and calls of the edge and of other objects. */
  requests: number;
  /** Over WebSockets. Heartbeats are answered without the object. */
  framesIn: number;
  framesOut: number;
  /** Turns of the event loop that wrote: the runtime makes one transaction of each. */
  commits: number;
  rowsRead: number;
  /** Setting an alarm counts as one. */
  rowsWritten: number;
}

export function newUsage(now: number): Usage {
  const none = { requests: 0, framesIn: 0, framesOut: 0, commits: 0, rowsRead: 0, rowsWritten: 0 };
  return { life: crypto.randomUUID(), since: now, ...none };
}
