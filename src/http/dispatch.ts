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

/**
 * Asks a channel's object to publish. What refuses the second try says nothing of the first, which may have been taken: then
 * nobody knows, and the client is not told that it was refused.
 */
export async function askToPublish(
  env: Env,
  address: Address,
  ...asked: Parameters<ChannelStub["publish"]>
): ReturnType<ChannelStub["publish"]> {
  let tries = 0;
  const outcome = await askChannel(env, address, (channel) => {
    tries++;
    return channel.publish(...asked);
  });
  return outcome.ok || tries === 1 ? outcome : { ok: false, failure: UNREACHABLE };
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
  return new Refusal(UNREACHABLE);
}

const UNREACHABLE = failure("overloaded", "The channel cannot be reached at the moment; try again.", 1000);
