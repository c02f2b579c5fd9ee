/**
 * What rooms have said about their relays: a cache of this isolate, so that a room that holds no more connections is not
 * asked about each one that comes. (SPEC ROUTE-1)
 */
import type { RelayPlan } from "../protocol/relay.ts";

/** ms that a plan is gone by. */
const HOLDS = 30_000;
/** ms in which the answer to one who asks again is waited for, while all others go by the old one. */
const ASKING = 5000;
/** Rooms remembered; beyond that the one that was heard of longest ago is forgotten. */
const MOST_ROOMS = 10_000;

interface Known {
  readonly plan: RelayPlan;
  /** When it is asked for again, ms. */
  askAt: number;
}

export class Plans {
  readonly #known = new Map<string, Known>();
  readonly #most: number;

  constructor(most: number = MOST_ROOMS) {
    this.#most = most;
  }

  /** The room's plan; null: ask the room. Of an old plan only one at a time is told to ask. */
  of(room: string, now: number): RelayPlan | null {
    const known = this.#known.get(room);
    if (known === undefined) return null;
    if (now < known.askAt) return known.plan;
    known.askAt = now + ASKING;
    return null;
  }

  set(room: string, plan: RelayPlan, now: number): void {
    this.#known.delete(room); // the latest is the last of the map
    this.#known.set(room, { plan, askAt: now + HOLDS });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#most) break;
      this.#known.delete(oldest);
    }
  }

  /** The room holds new connections itself. */
  delete(room: string): void {
    this.#known.delete(room);
  }
}
