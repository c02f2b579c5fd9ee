/** The edge asks an object, and answers for it where it cannot be reached. */
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import type { Outcome, UserRpc } from "../object/rpc.ts";
import { type ChannelStub, channelStub, userStub } from "../object/stubs.ts";
import type { Address } from "../protocol/address.ts";
import { failure } from "../protocol/codes.ts";
import { Refusal } from "./problem.ts";

/** Asks a channel's object. */
export function askChannel<Answer>(
  env: Env,
  address: Address,
  ask: (stub: ChannelStub) => Promise<Answer>,
): Promise<Answer> {
  return twice(env, () => ask(channelStub(env, address)));
}

/** Asks a user's object for what only that can do. */
export function askUser<Answer>(env: Env, id: string, ask: (stub: UserRpc) => Promise<Answer>): Promise<Answer> {
  return twice(env, () => ask(userStub(env, id)));
}

/** If the object cannot be reached, once more where the runtime says that this helps; then 503. */
async function twice<Answer>(env: Env, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!isWorthAnotherTry(error)) throw unreachable(env, error);
  }
  try {
    return await ask(); // with a new stub: the old one stays broken
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
