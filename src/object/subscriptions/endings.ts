/**
 * Tells channels that subscriptions here are over, until they know. What is to be told is in the rows of the connections, so
 * that a crash forgets none of it; telling it twice does no harm.
 */
import { dueAt } from "../../core/clock.ts";
import { backoff, LONGEST_BACKOFF } from "../backoff.ts";
import type { Deadline } from "../deadlines.ts";
import type { Device, Leaving } from "./device.ts";
import type { Outcome, Upstream } from "./upstream.ts";

export interface EndingsParts {
  upstream(leaving: Leaving): Upstream;
  /** Everything of that connection has been told. */
  settled(device: Device): void;
  deadlinesChanged(): void;
}

export class Endings {
  readonly #parts: EndingsParts;
  readonly #open = new Map<string, { readonly device: Device; readonly leaving: Leaving }>();
  readonly #telling = new Set<string>();
  /** What has to be over before. */
  readonly #before = new Map<string, Promise<void>>();
  #retryAt: number | null = null;

  constructor(parts: EndingsParts) {
    this.#parts = parts;
  }

  /** How a subscription is over that its channel still has; null: nothing is known of it. */
  isLeaving(id: string): Leaving | null {
    return this.#open.get(id)?.leaving ?? null;
  }

  after(id: string, before: Promise<void>): void {
    this.#before.set(id, before);
  }

  /** Tells of everything of that connection that is over. */
  begin(device: Device): void {
    for (const leaving of device.leaving.values()) {
      this.#open.set(leaving.id, { device, leaving });
      void this.#tell(leaving);
    }
    if (device.leaving.size === 0) this.#parts.settled(device);
  }

  answered({ id, since }: Leaving, { kind }: Outcome, now: number): void {
    this.#telling.delete(id);
    const found = this.#open.get(id);
    if (found === undefined) return;
    if (kind === "doubt") return this.#retryAfter(backoff(since, now), now);
    this.#open.delete(id);
    found.device.leaving.delete(id);
    if (found.device.leaving.size === 0) this.#parts.settled(found.device);
  }

  readonly deadline: Deadline = {
    name: "endings",
    due: (now) => (this.#open.size > 0 && this.#retryAt !== null ? dueAt(this.#retryAt, LONGEST_BACKOFF, now) : null),
    run: (now) => {
      if (this.#retryAt === null || now < dueAt(this.#retryAt, LONGEST_BACKOFF, now)) return;
      this.#retryAt = null;
      for (const { leaving } of this.#open.values()) void this.#tell(leaving);
    },
  };

  async #tell(leaving: Leaving): Promise<void> {
    const { id, left } = leaving;
    if (this.#telling.has(id)) return;
    this.#telling.add(id);
    await this.#before.get(id);
    this.#before.delete(id);
    this.#parts.upstream(leaving).push({ kind: "end", left });
  }

  #retryAfter(wait: number, now: number): void {
    this.#retryAt = Math.min(this.#retryAt ?? Number.POSITIVE_INFINITY, now + wait);
    this.#parts.deadlinesChanged(); // the alarm outlives a crash of this object
  }
}
