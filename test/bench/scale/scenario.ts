/** What the model is asked: who listens where, how much is said, and how the tree is cut. */
import { REGIONS, type Region, siteOf, WORLD } from "./regions.ts";

export interface Scenario {
  listeners: number;
  messagesPerSecond: number;
  /** Of one message, as it is sent on. */
  messageBytes: number;
  /** Whether everybody is told how many are there: a number a second, up from each relay and down to everybody. */
  presence: boolean;
  /** Where the room is. */
  room: Region;
  /** Shares of the listeners. */
  world: Readonly<Record<Region, number>>;
  /** Connections that the room holds itself. */
  relayAbove: number;
  /** Sockets of a relay. */
  fanout: number;
  /** 1: the room calls every relay, as it is built. 2: it calls hubs, which call relays. */
  levels: 1 | 2;
  /** Relays of a hub. */
  hubFanout: number;
  /** Calls that the room may have out at a time. */
  callsAtOnce: number;
  /** Minutes that a listener stays. */
  stay: number;
  /** Isolates of the Worker that let listeners in, each of which asks the room for its relays every 30 s. */
  isolates: number;
  /** ms that the network adds now and then, on average: this, or a twentieth of the way. */
  jitter: number;
  /** ms between a listener and Cloudflare's edge, one way. */
  lastMile: number;
}

export const DEFAULTS: Scenario = {
  listeners: 1e6,
  messagesPerSecond: 10,
  messageBytes: 200,
  presence: true,
  room: "enam",
  world: WORLD,
  relayAbove: 1000,
  fanout: 2000,
  levels: 1,
  hubFanout: 50,
  callsAtOnce: Number.POSITIVE_INFINITY,
  stay: 30,
  isolates: 2000,
  jitter: 1,
  lastMile: 10,
};

/** The relays of one region, which share its listeners evenly. */
export interface Group {
  readonly region: Region;
  /** Where they are. */
  readonly site: Region;
  readonly listeners: number;
  readonly relays: number;
  /** Listeners of each. */
  readonly each: number;
  /** 0: the room calls the relays itself. */
  readonly hubs: number;
}

export interface Tree {
  /** Listeners whose sockets the room holds. */
  readonly own: number;
  readonly groups: readonly Group[];
  readonly relays: number;
  readonly hubs: number;
}

export function treeOf(scenario: Scenario): Tree {
  const { listeners, relayAbove, fanout, levels, hubFanout, world } = scenario;
  const own = Math.min(listeners, relayAbove);
  const all = REGIONS.reduce((sum, region) => sum + world[region], 0);
  const groups = REGIONS.flatMap((region): Group[] => {
    const here = Math.round(((listeners - own) * world[region]) / all);
    if (here === 0) return [];
    const relays = Math.ceil(here / fanout);
    const hubs = levels === 2 ? Math.ceil(relays / hubFanout) : 0;
    return [{ region, site: siteOf(region), listeners: here, relays, each: here / relays, hubs }];
  });
  return { own, groups, relays: sum(groups, "relays"), hubs: sum(groups, "hubs") };
}

const sum = (groups: readonly Group[], field: "relays" | "hubs") =>
  groups.reduce((total, group) => total + group[field], 0);

/** How often each relay says how many it has, and everybody hears how many there are, a second. */
export const PRESENCE_PER_SECOND = 1;
/** s that an isolate of the Worker believes what a room has said about its relays. */
export const LIST_SECONDS = 30;

/** ms that the network adds on a way of `oneWay` ms, on average. */
export function jitterOf({ jitter }: Pick<Scenario, "jitter">, oneWay: number): number {
  return Math.max(jitter, oneWay / 20);
}
