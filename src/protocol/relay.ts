/**
 * Relays: objects that hold connections to a room in place of the room's own object, near their clients. A relay's name is
 * `<region>.<shard>/<room>`; no id has a slash, so it can be nobody else's. (SPEC RELAY-1)
 */
import { isId } from "./address.ts";

/** Cloudflare's location hints. */
export const REGIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;
export type Region = (typeof REGIONS)[number];

/** Which of a room's relays it is. */
export interface RelayPlace {
  readonly region: Region;
  /** 0, 1, 2 … within the region. */
  readonly shard: number;
}

export interface RelayName extends RelayPlace {
  /** The room's id. */
  readonly room: string;
}

/** Of one room in one region. */
export const MOST_SHARDS = 1000;

/** The shards of a room that take new connections, by region. Of a region that is not named it is 0. */
export type RelayPlan = Readonly<Partial<Record<Region, readonly number[]>>>;

const PLACE = /^([a-z]{2,4})\.(0|[1-9][0-9]{0,2})$/;

/** `weur.0` */
export function formatPlace({ region, shard }: RelayPlace): string {
  return `${region}.${shard}`;
}

export function parsePlace(text: string): RelayPlace | null {
  const [, region = "", shard = ""] = PLACE.exec(text) ?? [];
  return isRegion(region) ? { region, shard: Number(shard) } : null;
}

export function formatRelay({ region, shard, room }: RelayName): string {
  return `${formatPlace({ region, shard })}/${room}`;
}

/** The relay that `text` names, or null if it names none. */
export function parseRelay(text: string): RelayName | null {
  const [place = "", room = ""] = splitAt(text, text.indexOf("/"));
  const found = parsePlace(place);
  return found !== null && isId(room) ? { ...found, room } : null;
}

export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text);
}

function splitAt(text: string, at: number): string[] {
  return at < 0 ? [] : [text.slice(0, at), text.slice(at + 1)];
}
