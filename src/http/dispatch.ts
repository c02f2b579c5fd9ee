/** The edge asks an object, and answers for it where it cannot be reached. */
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import type { Outcome, UserRpc } from "../object/rpc.ts";
import { type ChannelStub, channelStub, relayStub, userStub } from "../object/stubs.ts";
import type { Address } from "../protocol/address.ts";
import { failure } from "../protocol/codes.ts";
import type { RelayName } from "../protocol/relay.ts";
import { placeOf } from "../transport/connection-id.ts";
import { Refusal } from "./problem.ts";

/** Asks a channel's object, or a relay of it. */
export function askChannel<Answer>(
  env: Env,
  name: Address | RelayName,
  ask: (stub: ChannelStub) => Promise<Answer>,
): Promise<Answer> {
  return twice(env, () => ask("room" in name ? relayStub(env, name) : channelStub(env, name)));
}

/** Who holds the connection of that name, as far as the name says. (SPEC ROUTE-2) */
export function holderOf(address: Address, connection: string | null): Address | RelayName {
  const place = address.kind === "room" && connection !== null ? placeOf(connection) : null;
  return place === null ? address : { ...place, room: address.id };
}

/** Asks whoever holds the caller's connection. If it is not there it is as if none were given: the channel's object. */
export async function askHolder<Value>(
  env: Env,
  address: Address,
  connection: string | null,
  ask: (stub: ChannelStub) => Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  const holder = holderOf(address, connection);
  const outcome = await askChannel(env, holder, ask);
  return holder !== address && isNotThere(outcome) ? askChannel(env, address, ask) : outcome;
}

/** A relay takes what is said in the name of a connection only if it holds it. */
function isNotThere(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && outcome.failure.code === "not_found";
}

/**
 * Asks whoever holds the publisher's connection to publish. What refuses the second try says nothing of the first, which
 * may have been taken: then nobody knows, and the client is not told that it was refused.
 */
export async function askToPublish(
  env: Env,
  address: Address,
  identity: Identity,
  drafts: AuthoredDraft[],
  connection: string | null,
): ReturnType<ChannelStub["publish"]> {
  let tries = 0;
  const outcome = await askHolder(env, address, connection, async (channel) => {
    tries++;
    const answer = await channel.publish(identity, drafts, connection);
    if (tries === 1 && isNotThere(answer)) tries = 0; // nothing of it was taken
    return answer;
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
