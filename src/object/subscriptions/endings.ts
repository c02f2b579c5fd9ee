/**
 * Tells channels that subscriptions here are over, until they know. What is to be told is in the rows of the connections, so
 * that a crash forgets none of it; telling it twice does no harm.
 */
import type { Deadline } from "../deadlines.ts";
import type { Device, Leaving } from "./device.ts";
import type { Outcome, Upstream } from "./upstream.ts";

/** ms before those that could not be told are tried again; then every last of them. */
const RETRIES = [1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000];

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
  #tries = 0;
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

  answered({ id }: Leaving, { kind }: Outcome): void {
    this.#telling.delete(id);
    const found = this.#open.get(id);
    if (found === undefined) return;
    if (kind === "doubt") return this.#retryLater();
    this.#tries = 0;
    this.#open.delete(id);
    found.device.leaving.delete(id);
    if (found.device.leaving.size === 0) this.#parts.settled(found.device);
  }

  readonly deadline: Deadline = {
    name: "endings",
    due: () => (this.#open.size > 0 ? this.#retryAt : null),
    run: (now) => {
      if (this.#retryAt === null || now < this.#retryAt) return;
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

  #retryLater(): void {
    if (this.#retryAt !== null) return;
    this.#retryAt = Date.now() + (RETRIES[Math.min(this.#tries++, RETRIES.length - 1)] as number);
    this.#parts.deadlinesChanged(); // the alarm outlives a crash of this object
  }
}
