/** The subscriptions that are to get what comes, by their ids. */
import type { Channel } from "../../core/channel.ts";
import type { Whereabouts } from "../rpc.ts";
import type { Device } from "./device.ts";
import type { Subscription } from "./subscription.ts";

export interface Live {
  readonly device: Device;
  readonly subscription: Subscription;
}

export class LiveSubscriptions {
  readonly #elsewhere: Channel["elsewhere"];
  readonly #deadlinesChanged: () => void;
  readonly #all = new Map<string, Live>();

  /** @param elsewhere kept up to date: the sweep goes by it */
  constructor(elsewhere: Channel["elsewhere"], deadlinesChanged: () => void) {
    this.#elsewhere = elsewhere;
    this.#deadlinesChanged = deadlinesChanged;
  }

  find(id: string): Live | null {
    return this.#all.get(id) ?? null;
  }

  has({ facts: { id } }: Subscription): boolean {
    return this.#all.has(id);
  }

  add(device: Device, subscription: Subscription): void {
    device.live.set(subscription.facts.channel, subscription);
    this.#all.set(subscription.facts.id, { device, subscription });
    this.count();
  }

  remove({ facts: { id } }: Subscription): void {
    if (this.#all.delete(id)) this.count();
  }

  /** In how many channels the user is a member by one, and how many are watched. */
  count(): void {
    const counts = this.#elsewhere;
    counts.members = counts.watched = 0;
    for (const { subscription } of this.#all.values()) {
      if (subscription.facts.member) counts.members++;
      if (subscription.isWatched) counts.watched++;
    }
    this.#deadlinesChanged();
  }

  whereabouts(): Whereabouts[] {
    return [...this.#all.values()].flatMap(({ device: { session }, subscription: { facts, isWelcome } }) => {
      if (session === null || !isWelcome) return [];
      const { connection, transport } = session;
      return [{ channel: facts.channel, connection, transport, since: facts.since }];
    });
  }
}
