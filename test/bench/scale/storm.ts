/** Everybody at once: a goal is scored, a train leaves the tunnel. */
import { LIMITS } from "./limits.ts";
import type { Scenario } from "./scenario.ts";
import { treeOf } from "./scenario.ts";
import type { Units } from "./unit-costs.ts";

export interface Storm {
  readonly joins: number;
  /** That the Worker's isolates know of when it begins; 0: none, and the room takes them all. */
  readonly relays: number;
  /** Joins a second at the object that is asked for most. */
  readonly perObject: number;
  /** Of what it can do. */
  readonly load: number;
  /** s until the last is in, if all that can be done is done. */
  readonly seconds: number;
}

/** Joins a second that an object takes: the soft limit, or as its thread allows. */
export const joinsASecond = (units: Units) => Math.min(LIMITS.requestsPerSecond.value, 1000 / units.join);

/**
 * @param seconds in which they come
 * @param planned relays that the isolates know, spread over the regions as the tree has them; null: as many as the tree has
 */
export function stormOf(
  scenario: Scenario,
  units: Units,
  joins: number,
  seconds: number,
  planned: number | null,
): Storm {
  const tree = treeOf({ ...scenario, listeners: joins });
  const relays = planned ?? tree.relays;
  const takes = joinsASecond(units);
  // Where a region has few relays, its share of the crowd meets in those.
  const most =
    planned === null && tree.relays > 0
      ? Math.max(...tree.groups.map(({ listeners, relays: count }) => listeners / count))
      : joins / Math.max(1, relays);
  const perObject = most / seconds;
  return { joins, relays, perObject, load: perObject / takes, seconds: Math.max(seconds, most / takes) };
}

/** Relays that have to be known when it begins, for nobody to wait. */
export const relaysFor = (units: Units, joins: number, seconds: number) =>
  Math.ceil(joins / seconds / joinsASecond(units));
