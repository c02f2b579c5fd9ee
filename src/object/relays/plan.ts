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

export interface AttachedRelay extends RelayPlace {
  /** That it holds; 0 if it has not said so yet. */
  readonly connections: number;
}

export class Planner {
  readonly #above: number;
  readonly #places: number;
  /** By place: until when it is given no connection, ms. */
  readonly #avoided = new Map<string, { readonly place: RelayPlace; readonly until: number }>();

  constructor({ RELAY_ABOVE, RELAY_CONNECTIONS }: Pick<Config, "RELAY_ABOVE" | "RELAY_CONNECTIONS">) {
    this.#above = RELAY_ABOVE;
    this.#places = Math.ceil(FULL * RELAY_CONNECTIONS);
  }

  /** A relay is there: what was believed of it is not true any more. */
  heard(place: RelayPlace): void {
    this.#avoided.delete(formatPlace(place));
  }

  /** Relays that have just not taken a connection. */
  avoid(places: readonly RelayPlace[], now: number): void {
    for (const place of places) this.#avoided.set(formatPlace(place), { place, until: now + AVOIDED_FOR });
  }

  /**
   * Null: the room holds the next connection itself.
   * @param own connections that it holds
   * @param relays that are attached
   */
  plan(own: number, relays: Iterable<AttachedRelay>, now: number): RelayPlan | null {
    if (own < this.#above) return null;
    for (const [name, { until }] of this.#avoided) if (until <= now) this.#avoided.delete(name);
    const regions = new Map<Region, Map<number, number>>();
    const shardsOf = (region: Region): Map<number, number> => {
      const shards = regions.get(region) ?? new Map<number, number>();
      regions.set(region, shards);
      return shards;
    };
    for (const { region, shard, connections } of relays) shardsOf(region).set(shard, connections);
    for (const { place } of this.#avoided.values()) shardsOf(place.region);
    return Object.fromEntries([...regions].map(([region, shards]) => [region, this.#open(region, shards)]));
  }

  /** The shards that are open: those with the lowest numbers, so that what is too many after a rush runs empty. */
  #open(region: Region, attached: ReadonlyMap<number, number>): number[] {
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
