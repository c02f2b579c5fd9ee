/** What is played in virtual time, and what comes of it. */
import type { Delays } from "../delays.ts";

export interface Course {
  readonly seed: number;
  /** In which everybody joins; 0: they are there. */
  readonly joinSeconds: number;
  /** That are not counted, after that. */
  readonly warmSeconds: number;
  readonly seconds: number;
  /** From one relay's failure to the next; 0: none fails. */
  readonly failEverySeconds: number;
}

export interface Simulated {
  /** From the room's taking a message to a relay's sending it, by the region of its listeners. */
  readonly steady: ReadonlyMap<string, Delays>;
  readonly joining: Delays | null;
  /** To those whose relay had failed, of what they missed. */
  readonly afterFailure: Delays | null;
  readonly failures: number;
  /** That were counted. */
  readonly seconds: number;
  readonly messages: number;
  readonly deliveries: number;
  /** Messages times listeners, of those that were said while it was steady. */
  readonly expected: number;
  readonly roomBusy: number;
  /** On average, and of the busiest. */
  readonly relayBusy: number;
  readonly relayBusiest: number;
  /** A second. */
  readonly calls: number;
  /** Messages and counts in one call, at most. */
  readonly largestBatch: number;
  readonly events: number;
}
