/**
 * Where a room's new connections go: to itself below a threshold, above it to the relays that have places, so many in each
 * region as its crowd needs. (SPEC ROUTE-1)
 */
import type { Config } from "../../config.ts";
import { formatPlace, MOST_SHARDS, type Region, type RelayPlace, type RelayPlan } from "../../protocol/relay.ts";

/** Of a relay's connections: then no more are sent to it, so that those that are on their way find a place. */
const FULL = 0.8;
/** Free places of a region, as a part of its connections: a crowd comes faster than plans are asked for. */
const SPARE = 1 / 4;
/** ms for which a relay that has not taken a connection is given no other. */
const AVOIDED_FOR = 30_000;

export class Planner {
  readonly #above: number;
  readonly #places: number;
  /** Connections of the relays that are attached, by region and shard. */
  readonly #attached = new Map<Region, Map<number, number>>();
  /** By place: until when it is given no connection, ms. */
  readonly #avoided = new Map<string, { readonly place: RelayPlace; readonly until: number }>();

  constructor({ RELAY_ABOVE, RELAY_CONNECTIONS }: Pick<Config, "RELAY_ABOVE" | "RELAY_CONNECTIONS">) {
    this.#above = RELAY_ABOVE;
    this.#places = Math.ceil(FULL * RELAY_CONNECTIONS);
  }

  /** How many relays are attached. */
  get relays(): number {
    let count = 0;
    for (const shards of this.#attached.values()) count += shards.size;
    return count;
  }

  /**
   * A relay is attached to the room, or says how full it is.
   * @param connections that it holds; 0 if it has not said so yet
   */
  attached(place: RelayPlace, connections: number): void {
    const shards = this.#attached.get(place.region) ?? new Map<number, number>();
    this.#attached.set(place.region, shards.set(place.shard, connections));
    this.#avoided.delete(formatPlace(place));
  }

  detached({ region, shard }: RelayPlace): void {
    const shards = this.#attached.get(region);
    shards?.delete(shard);
    if (shards?.size === 0) this.#attached.delete(region);
  }

  /** Relays that have just not taken a connection. */
  avoid(places: readonly RelayPlace[], now: number): void {
    for (const place of places) this.#avoided.set(formatPlace(place), { place, until: now + AVOIDED_FOR });
  }

  /**
   * Null: the room holds the next connection itself.
   * @param own connections that it holds, without those of its relays
   */
  plan(own: number, now: number): RelayPlan | null {
    if (own < this.#above) return null;
    for (const [name, { until }] of this.#avoided) if (until <= now) this.#avoided.delete(name);
    const regions = new Set(this.#attached.keys());
    for (const { place } of this.#avoided.values()) regions.add(place.region);
    return Object.fromEntries([...regions].map((region) => [region, this.#open(region)]));
  }

  /** The shards that are open: those with the lowest numbers, so that what is too many after a rush runs empty. */
  #open(region: Region): number[] {
    const attached = this.#attached.get(region) ?? new Map<number, number>();
    let connections = 0;
    for (const count of attached.values()) connections += count;
    const open: number[] = [];
    let spare = 0;
    let fresh = 0;
    // Only so many new ones at a time: if they are not to be reached either, still more of them are of no use.
    for (let shard = 0; shard < MOST_SHARDS && fresh <= SPARE * attached.size; shard++) {
      const held = attached.get(shard);
      if (held === undefined) fresh++;
      if (this.#avoided.has(formatPlace({ region, shard }))) continue;
      const free = this.#places - (held ?? 0);
      if (free <= 0) continue;
      open.push(shard);
      spare += free;
      if (spare >= SPARE * connections) break;
    }
    return open;
  }
}
