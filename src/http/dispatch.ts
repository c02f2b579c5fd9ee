/** The way from the edge to a channel's object: by name, so that everybody in a room meets in one. */
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import type { ChannelRpc, Outcome } from "../object/rpc.ts";
import { failure } from "../protocol/codes.ts";
import { Refusal } from "./problem.ts";

export type RoomStub = ChannelRpc & Pick<Fetcher, "fetch">;

/** The object of a room. (Jurisdictions and location hints enter here: they are part of an object's id.) */
function roomStub(env: Env, id: string): RoomStub {
  return env.ROOMS.getByName(id) as unknown as RoomStub;
}

/** Asks a room's object. If it cannot be reached, once more where the runtime says that this helps; then 503. */
export async function askRoom<Answer>(env: Env, id: string, ask: (stub: RoomStub) => Promise<Answer>): Promise<Answer> {
  try {
    return await ask(roomStub(env, id));
  } catch (error) {
    if (!isWorthAnotherTry(error)) throw unreachable(env, error);
  }
  try {
    return await ask(roomStub(env, id)); // a new stub: the old one stays broken
  } catch (error) {
    throw unreachable(env, error);
  }
}

/** The value of an outcome; throws its failure. */
export function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new Refusal(outcome.failure);
}

function isWorthAnotherTry(error: unknown): boolean {
  const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
  return retryable === true && overloaded !== true;
}

function unreachable(env: Env, error: unknown): Refusal {
  // A reset object's own words may be lost with it: they arrive here.
  logLine(env, "object_failed", { error: String(error) });
  return new Refusal(failure("overloaded", "The channel cannot be reached at the moment; try again.", 1000));
}
