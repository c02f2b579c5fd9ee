/**
 * Who holds a new connection to a room: its own object as long as that takes them, else one of its relays near the client.
 * If those that are asked do not take it, the room does, whatever its plan says. (SPEC ROUTE-1)
 */
import { Refusal } from "../http/problem.ts";
import { formatPlace, parsePlace, type Region, type RelayPlace, type RelayPlan } from "../protocol/relay.ts";
import type { Plans } from "./plans.ts";
import { ranked } from "./rendezvous.ts";

export interface Holders<Held> {
  /**
   * Asks the room's own object to hold it. A plan: relays are to.
   * @param avoid relays that have just not taken it
   */
  room(avoid: readonly RelayPlace[]): Promise<{ held: Held } | { plan: RelayPlan }>;
  /** The same, whatever its plan is. */
  roomItself(avoid: readonly RelayPlace[]): Promise<Held>;
  relay(place: RelayPlace): Promise<Held>;
}

/** Plans that are tried: the one that is known, and the one that the room makes when it hears that this was of no use. */
const ROUNDS = 2;
/** Relays that are asked in each. */
const TRIES = 2;

/** Throws the refusal of whoever decides. */
export async function findHolder<Held>(
  who: { readonly room: string; readonly user: string; readonly region: Region },
  holders: Holders<Held>,
  plans: Plans,
  clock: () => number = Date.now,
): Promise<Held> {
  const { room } = who;
  const avoid: RelayPlace[] = [];
  let plan = plans.of(room, clock());
  for (let round = 0; round < ROUNDS; round++) {
    if (plan === null) {
      const answer = await holders.room(avoid);
      if ("held" in answer) {
        plans.delete(room);
        return answer.held;
      }
      plan = answer.plan;
      plans.set(room, plan, clock());
    }
    for (const place of candidates(who, plan, avoid)) {
      try {
        return await holders.relay(place);
      } catch (error) {
        if (!isOverloaded(error)) throw error;
        avoid.push(place);
      }
    }
    // Somebody else may have asked the room meanwhile.
    const known = plans.of(room, clock());
    plan = known === plan ? null : known;
  }
  return holders.roomItself(avoid);
}

/** The same user's connections come to the same relay, as long as it has places. */
function candidates(
  { user, region }: { readonly user: string; readonly region: Region },
  plan: RelayPlan,
  avoid: readonly RelayPlace[],
): RelayPlace[] {
  const avoided = avoid.map(formatPlace);
  const names = (plan[region] ?? [0]).map((shard) => formatPlace({ region, shard }));
  const open = names.filter((name) => !avoided.includes(name));
  return ranked(user, open)
    .slice(0, TRIES)
    .map((name) => parsePlace(name) as RelayPlace);
}

/** Full, or not to be reached: another may well take it. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof Refusal && error.failure.code === "overloaded";
}
