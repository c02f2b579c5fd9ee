/**
 * Relays: objects that hold connections to a room in place of the room's own object, near their clients. A relay's name is
 * `<region>.<shard>/<room>`; no id has a slash, so it can be nobody else's. (SPEC RELAY-1)
 */
import { isId } from "./address.ts";

/** Cloudflare's location hints. */
export const REGIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;
export type Region = (typeof REGIONS)[number];

export interface RelayName {
  readonly region: Region;
  /** 0, 1, 2 … within the region. */
  readonly shard: number;
  /** The room's id. */
  readonly room: string;
}

/** Of one room in one region. */
export const MOST_SHARDS = 1000;

const NAME = /^([a-z]{2,4})\.(0|[1-9][0-9]{0,2})\/(.+)$/;

export function formatRelay({ region, shard, room }: RelayName): string {
  return `${region}.${shard}/${room}`;
}

/** The relay that `text` names, or null if it names none. */
export function parseRelay(text: string): RelayName | null {
  const [, region = "", shard = "", room = ""] = NAME.exec(text) ?? [];
  return isRegion(region) && isId(room) ? { region, shard: Number(shard), room } : null;
}

export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text);
}
